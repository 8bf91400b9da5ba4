#include "account/authority.h"
#include "account/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::account {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

AddressId addressId(std::uint8_t byte) {
    AddressId id;
    id.bytes.fill(byte);
    return id;
}

TEST(AccountStatus, hasOneNameEach) {
    for (const auto* text : {"bootstrap", "active", "unconfirmed", "frozen"}) {
        const auto status = accountStatusFromName(text);
        ASSERT_TRUE(status.has_value()) << text;
        EXPECT_EQ(name(*status), text);
    }
    for (const auto* text : {"", "Active", "deleted", "active "})
        EXPECT_EQ(accountStatusFromName(text), std::nullopt) << text;
}

TEST(Kind, hasOneNameEach) {
    EXPECT_EQ(kindFromName(name(Kind::kPerson)), Kind::kPerson);
    EXPECT_EQ(kindFromName("service"), std::nullopt);
}

TEST(Roles, areSortedAndJoinedByASpace) {
    EXPECT_EQ(rolesText({}), "");
    EXPECT_EQ(rolesText({"operator", "auditor"}), "auditor operator");
    EXPECT_THAT(rolesFromText(""), Optional(IsEmpty()));
    EXPECT_THAT(rolesFromText("auditor operator"), Optional(ElementsAre("auditor", "operator")));
}

TEST(Roles, haveNoSecondSpelling) {
    for (const auto* text : {" ",
                             "operator auditor",
                             "operator operator",
                             " operator",
                             "operator ",
                             "auditor  operator",
                             "Operator",
                             "operator 2nd"})
        EXPECT_EQ(rolesFromText(text), std::nullopt) << text;
}

TEST(Roles, areShortWords) {
    for (const auto* word : {"operator", "approver", "auditor", "a", "tier-2", "records-officer"})
        EXPECT_TRUE(isRole(word)) << word;
    EXPECT_TRUE(isRole(std::string(32, 'a')));
    EXPECT_FALSE(isRole(std::string(33, 'a')));
    for (const auto* word :
         {"", "2nd", "-a", "Operator", "two words", "under_score", "a%", "\xc3\xa4"})
        EXPECT_FALSE(isRole(word)) << word;
}

TEST(AddressesDigest, dependsOnTheSetOnly) {
    const AddressVersion one{addressId(1), 1};
    const AddressVersion two{addressId(2), 7};
    EXPECT_EQ(addressesDigest({one, two}), addressesDigest({two, one}));
    EXPECT_NE(addressesDigest({one, two}), addressesDigest({one}));
    EXPECT_NE(addressesDigest({one}), addressesDigest({{addressId(1), 2}}));
    EXPECT_NE(addressesDigest({one}), addressesDigest({{addressId(2), 1}}));
    EXPECT_NE(addressesDigest({}), addressesDigest({one}));
}

TEST(AddressesDigest, isTheDigestOfIdAndVersionInOrder) {
    // By hand: lp(domain) u32(2) 01 lp(id) 01 lp(version).
    const std::string_view domain = "sallyport/addresses-digest/v1";
    Bytes expected = {0, 0, 0, static_cast<std::uint8_t>(domain.size())};
    expected.insert(expected.end(), domain.begin(), domain.end());
    expected.insert(expected.end(), {0, 0, 0, 2, 1, 0, 0, 0, 16});
    expected.insert(expected.end(), 16, 5);
    expected.insert(expected.end(), {1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2});
    EXPECT_EQ(addressesDigest({{addressId(5), 258}}), sha256(expected));
}

TEST(CredentialsDigest, differsFromThatOfNoAddresses) {
    EXPECT_NE(noCredentialsDigest(), addressesDigest({}));
}

TEST(AccountTables, sealEveryColumn) {
    for (const seal::Table* table :
         {&accountsTable(), &authoritiesTable(), &addressesTable(), &installationTable()}) {
        EXPECT_EQ(table->binding, seal::Binding::kSealed) << table->name;
        for (const seal::Column& column : table->columns) {
            EXPECT_NE(column.column_class, seal::ColumnClass::kFree) << column.name;
            EXPECT_NE(column.column_class, seal::ColumnClass::kState) << column.name;
        }
    }
}

}  // namespace
}  // namespace sallyport::account
