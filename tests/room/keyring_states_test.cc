#include "keyring/key_states.h"
#include "mint/local_mint.h"
#include "tests/support/edited_row.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sallyport::keyring {
namespace {

using test::EditedColumn;
using test::failsWith;
using test::isOk;
using test::TestHouse;

class KeyStates : public testing::Test {
  protected:
    /// A mint that starts now, on what the database says.
    Status start() {
        mint::LocalMint mint(house_.device(), house_.clock(), house_.random(), house_.metrics());
        SALLYPORT_TRY(auto rows, load(house_.database(), TestHouse::soon()));
        return mint.loadRing(std::move(rows), TestHouse::soon());
    }

    storage::Value keyOf(std::string_view purpose) {
        const auto rows = house_.query("SELECT id FROM key_states WHERE purpose = $1", {purpose});
        return rows.empty() ? storage::Value() : *rows.front().find("id");
    }

    TestHouse house_;
};

TEST(FirstKeys, serveEveryPurpose) {
    std::set<hsm::KeyPurpose> purposes;
    std::set<hsm::KeyName> names;
    for (const FirstKey& key : firstKeys()) {
        purposes.insert(key.key.purpose);
        names.insert(key.key);
    }
    EXPECT_EQ(purposes.size(), hsm::kKeyPurposeCount);
    EXPECT_EQ(names.size(), firstKeys().size());
}

TEST_F(KeyStates, nameEveryKeyOfTheTokenAndNoOther) {
    const auto rows = load(house_.database(), TestHouse::soon());
    ASSERT_THAT(rows, isOk());
    const auto inventory = house_.device().inventory(TestHouse::soon());
    ASSERT_THAT(inventory, isOk());
    ASSERT_EQ(rows->size(), firstKeys().size());
    ASSERT_EQ(inventory->keys.size(), rows->size());
    for (const mint::KeyRow& row : *rows) {
        EXPECT_EQ(row.record.state, mint::KeyState::kActive);
        EXPECT_EQ(row.version, 1U);
        EXPECT_TRUE(std::any_of(inventory->keys.begin(),
                                inventory->keys.end(),
                                [&row](const auto& entry) {
                                    return entry.identity == row.record.identity &&
                                           entry.violations.empty();
                                }))
            << text(row.record.identity.key);
    }
    EXPECT_THAT(start(), isOk());
}

TEST_F(KeyStates, startNothingWithAnEditedColumn) {
    for (const auto* purpose : {"link-mac", "seal-mac"}) {
        for (const seal::Column& column : keyStatesTable().columns) {
            const EditedColumn edit(house_, keyStatesTable(), keyOf(purpose), column.name);
            ASSERT_TRUE(edit.done()) << purpose << " " << column.name;
            EXPECT_THAT(start(), failsWith(ErrorCode::kIntegrity)) << purpose << " " << column.name;
        }
    }
    EXPECT_THAT(start(), isOk());
}

TEST_F(KeyStates, startNothingWithAStateThatAnEditorWrote) {
    for (const auto* state : {"pre-active", "verify-only", "retired", "destroyed"}) {
        house_.tamper("UPDATE key_states SET state = $1 WHERE purpose = 'session-mac'", {state});
        EXPECT_THAT(start(), failsWith(ErrorCode::kIntegrity)) << state;
    }
}

TEST_F(KeyStates, nameAGenerationOfAPurposeOnce) {
    const auto rows = load(house_.database(), TestHouse::soon());
    ASSERT_THAT(rows, isOk());
    hsm::KeyIdentity doubled = rows->front().record.identity;
    doubled.cka_id.fill(1);
    const auto sealed =
        sealFirst(house_.sealer(), {doubled}, house_.clock().now(), TestHouse::soon());
    ASSERT_THAT(sealed, isOk());
    EXPECT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) {
                                            return insertFirst(transaction, *sealed);
                                        }),
                failsWith(ErrorCode::kConflict));
}

}  // namespace
}  // namespace sallyport::keyring
