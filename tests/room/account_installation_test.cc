#include "account/installation.h"
#include "account/tables.h"
#include "tests/support/edited_row.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <functional>

namespace sallyport::account {
namespace {

using test::EditedColumn;
using test::failsWith;
using test::isOk;
using test::TestHouse;
using testing::HasSubstr;
using testing::IsEmpty;

/// Does something once, when the device is first asked: what happens between a check and the
/// transaction after it.
class InterruptedMint final : public mint::Mint {
  public:
    InterruptedMint(mint::Mint& mint, std::function<void()> interrupt)
        : mint_(mint), interrupt_(std::move(interrupt)) {}

    Result<std::vector<mint::Answer>> perform(std::vector<mint::Request> requests,
                                              Deadline deadline) override {
        if (armed && interrupt_) std::exchange(interrupt_, nullptr)();
        return mint_.perform(std::move(requests), deadline);
    }

    std::map<std::string, std::uint64_t> counters() const override { return mint_.counters(); }

    hsm::Health health() const override { return mint_.health(); }

    bool armed = false;

  private:
    mint::Mint& mint_;
    std::function<void()> interrupt_;
};

class Bootstrap : public testing::Test {
  protected:
    static MailAddress mailbox(std::string_view text) {
        auto address = MailAddress::parse(text);
        EXPECT_THAT(address, isOk());
        return std::move(*address);
    }

    Result<Installation> installation() {
        return readInstallation(house_.database(), house_.sealer(), TestHouse::soon());
    }

    void close() {
        const auto open = installation();
        ASSERT_THAT(open, isOk());
        const auto closing = prepareBootstrapClose(
            *open, house_.sealer(), house_.events(), std::nullopt, TestHouse::soon());
        ASSERT_THAT(closing, isOk());
        ASSERT_THAT(write(*closing), isOk());
    }

    Status write(const Directory::PreparedChange& change) {
        return house_.database().write(TestHouse::soon(), [&](storage::Transaction& transaction) {
            return Directory::write(transaction, change);
        });
    }

    TestHouse house_{"standard"};
    HostAdministration host_{house_.directory(), house_.database(), house_.sealer()};
};

TEST_F(Bootstrap, isOpenInANewInstallation) {
    const auto made = installation();
    ASSERT_THAT(made, isOk());
    EXPECT_TRUE(made->bootstrap_open);
    EXPECT_EQ(made->profile, "standard");
    EXPECT_EQ(made->ring, "test");
}

TEST_F(Bootstrap, letsTheHostAddAndFreezeAccounts) {
    EXPECT_THAT(host_.add(mailbox("operator@example.test"), {"operator"}, TestHouse::soon()),
                isOk());
    const auto found = house_.directory().find(mailbox("operator@example.test"), TestHouse::soon());
    ASSERT_THAT(found, isOk());
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->authority.status, AccountStatus::kBootstrap);
    EXPECT_THAT((*found)->authority.roles, testing::ElementsAre("operator"));
    EXPECT_THAT(host_.add(mailbox("operator@example.test"), {}, TestHouse::soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(host_.freeze(mailbox("operator@example.test"), TestHouse::soon()), isOk());
    EXPECT_THAT(host_.freeze(mailbox("operator@example.test"), TestHouse::soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(host_.freeze(mailbox("nobody@example.test"), TestHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(house_.eventTypes(), testing::ElementsAre("account.created", "account.frozen"));
}

TEST_F(Bootstrap, isClosedOnce) {
    const auto open = installation();
    ASSERT_THAT(open, isOk());
    const auto prepare = [&](const Installation& from) {
        return prepareBootstrapClose(
            from, house_.sealer(), house_.events(), std::nullopt, TestHouse::soon());
    };
    const auto first = prepare(*open);
    const auto second = prepare(*open);
    ASSERT_THAT(first, isOk());
    ASSERT_THAT(second, isOk());
    const auto unchanged = [&] {
        return house_.database().read(TestHouse::soon(),
                                      [&](storage::Transaction& transaction) -> Result<bool> {
                                          SALLYPORT_CHECK(isUnchanged(transaction, *open));
                                          return true;
                                      });
    };
    EXPECT_THAT(unchanged(), isOk());
    EXPECT_THAT(write(*first), isOk());
    EXPECT_THAT(unchanged(), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(write(*second), failsWith(ErrorCode::kConflict));
    const auto closed = installation();
    ASSERT_THAT(closed, isOk());
    EXPECT_FALSE(closed->bootstrap_open);
    EXPECT_EQ(closed->profile, open->profile);
    EXPECT_THAT(prepare(*closed), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(house_.eventTypes(), testing::ElementsAre("bootstrap.closed"));
}

TEST_F(Bootstrap, onceClosedRefusesTheHost) {
    house_.addAccount("someone@example.test");
    close();
    const auto added = host_.add(mailbox("operator@example.test"), {"operator"}, TestHouse::soon());
    ASSERT_THAT(added, failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(added.error().detail, HasSubstr("bootstrap is closed"));
    EXPECT_THAT(host_.freeze(mailbox("someone@example.test"), TestHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(house_.eventTypes(), testing::ElementsAre("account.created", "bootstrap.closed"));
}

TEST_F(Bootstrap, thatClosesMeanwhileRefusesTheHost) {
    InterruptedMint mint(house_.mint(), [this] { close(); });
    const auto directory = Directory::open({mint,
                                            house_.database(),
                                            house_.sealer(),
                                            house_.events(),
                                            house_.clock(),
                                            house_.random(),
                                            house_.integrityReport(),
                                            house_.notices()},
                                           TestHouse::soon());
    ASSERT_THAT(directory, isOk());
    HostAdministration host(**directory, house_.database(), house_.sealer());
    mint.armed = true;
    EXPECT_THAT(host.add(mailbox("operator@example.test"), {"operator"}, TestHouse::soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(house_.query("SELECT 1 FROM accounts"), IsEmpty());
}

TEST_F(Bootstrap, isNotReopenedByAnEditor) {
    close();
    house_.tamper("UPDATE installation SET bootstrap = 'open'");
    EXPECT_THAT(host_.add(mailbox("operator@example.test"), {"operator"}, TestHouse::soon()),
                failsWith(ErrorCode::kIntegrity));
}

TEST_F(Bootstrap, isRefusedForEveryEditedColumn) {
    for (const seal::Column& column : installationTable().columns) {
        const EditedColumn edit(house_, installationTable(), std::int64_t{1}, column.name);
        ASSERT_TRUE(edit.done()) << column.name;
        const bool gone = column.name == "id";
        EXPECT_THAT(installation(), failsWith(gone ? ErrorCode::kNotFound : ErrorCode::kIntegrity))
            << column.name;
    }
    EXPECT_THAT(installation(), isOk());
}

TEST_F(Bootstrap, isNotThereBeforeInit) {
    house_.tamper("DELETE FROM installation");
    const auto none = installation();
    ASSERT_THAT(none, failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(none.error().detail, HasSubstr("init"));
}

}  // namespace
}  // namespace sallyport::account
