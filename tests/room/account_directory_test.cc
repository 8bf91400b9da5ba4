#include "account/accounts.h"
#include "account/tables.h"
#include "tests/support/edited_row.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace sallyport::account {
namespace {

using test::EditedColumn;
using test::failsWith;
using test::isOk;
using test::TestHouse;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Accounts : public testing::Test {
  protected:
    static MailAddress mailbox(std::string_view text) {
        auto address = MailAddress::parse(text);
        EXPECT_THAT(address, isOk());
        return std::move(*address);
    }

    Directory& directory() { return house_.directory(); }

    Result<std::optional<Found>> find(std::string_view address) {
        return directory().find(mailbox(address), TestHouse::soon());
    }

    Result<std::optional<Found>> find(const Found& known) {
        return directory().find(known.authority.account, known.address, TestHouse::soon());
    }

    /// Whether a mailbox is believed: found, and its address can be read.
    Status believed(const Found& known) {
        SALLYPORT_TRY(const auto found, find(known));
        if (!found.has_value()) return fail(ErrorCode::kNotFound, "not there");
        SALLYPORT_CHECK(directory().decryptAddress(*found, TestHouse::soon()));
        return {};
    }

    TestHouse house_;
};

TEST_F(Accounts, areFoundByTheirAddressInAnySpelling) {
    const Found made =
        house_.addAccount("someone@example.test", AccountStatus::kActive, {"operator", "auditor"});
    const auto found = find("SomeOne@EXAMPLE.test");
    ASSERT_THAT(found, isOk());
    ASSERT_TRUE(found->has_value());
    const Found& it = **found;
    EXPECT_EQ(it.authority.account, made.authority.account);
    EXPECT_EQ(it.address, made.address);
    EXPECT_EQ(it.authority.status, AccountStatus::kActive);
    EXPECT_THAT(it.authority.roles, ElementsAre("auditor", "operator"));
    EXPECT_EQ(it.authority.epoch, 1U);
    EXPECT_EQ(it.authority.person, std::nullopt);
    EXPECT_THAT(house_.eventTypes(), ElementsAre("account.created"));
    EXPECT_THAT(house_.integrityReports(), IsEmpty());
}

TEST_F(Accounts, areNotThereWhenUnknown) {
    const Found made = house_.addAccount("someone@example.test");
    const auto by_address = find("nobody@example.test");
    ASSERT_THAT(by_address, isOk());
    EXPECT_FALSE(by_address->has_value());
    const auto by_id = directory().find(
        made.authority.account, AddressId::random(house_.random()), TestHouse::soon());
    ASSERT_THAT(by_id, isOk());
    EXPECT_FALSE(by_id->has_value());
    const auto none = directory().findAny(AccountId::random(house_.random()), TestHouse::soon());
    ASSERT_THAT(none, isOk());
    EXPECT_FALSE(none->has_value());
    EXPECT_THAT(house_.integrityReports(), IsEmpty());
}

TEST_F(Accounts, giveTheStoredAddressBack) {
    const Found made = house_.addAccount("Some.One@Bücher.example");
    const auto address = directory().decryptAddress(made, TestHouse::soon());
    ASSERT_THAT(address, isOk());
    EXPECT_EQ(address->exposeText(), "some.one@xn--bcher-kva.example");
    const auto any = directory().findAny(made.authority.account, TestHouse::soon());
    ASSERT_THAT(any, isOk());
    ASSERT_TRUE(any->has_value());
    EXPECT_EQ((*any)->address, made.address);
}

TEST_F(Accounts, haveEachAddressOnce) {
    house_.addAccount("someone@example.test");
    const auto again = directory().create(
        {Kind::kPerson, mailbox("SOMEONE@example.test"), AccountStatus::kActive, {}, std::nullopt},
        TestHouse::soon());
    EXPECT_THAT(again, failsWith(ErrorCode::kConflict));
    for (const auto* table : {"accounts", "authorities", "addresses", "events"})
        EXPECT_EQ(house_.query("SELECT 1 FROM " + std::string(table)).size(), 1U) << table;
}

TEST_F(Accounts, areNotMadeWithoutTheDevice) {
    const auto made = directory().create(
        {Kind::kPerson, mailbox("someone@example.test"), AccountStatus::kActive, {}, std::nullopt},
        Deadline::after(Duration::zero()));
    EXPECT_THAT(made, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(house_.query("SELECT 1 FROM accounts"), IsEmpty());
    EXPECT_THAT(house_.eventTypes(), IsEmpty());
}

TEST_F(Accounts, costTheDeviceTheSameKnownUnknownFrozenOrDamaged) {
    RecordProperty("requirement", "L-11");
    house_.addAccount("known@example.test");
    house_.addAccount("frozen@example.test", AccountStatus::kFrozen);
    const Found damaged = house_.addAccount("damaged@example.test");
    const Found headless = house_.addAccount("headless@example.test");
    const Found unreadable = house_.addAccount("unreadable@example.test");
    house_.tamper("UPDATE authorities SET status = 'bootstrap' WHERE account_id = $1",
                  {damaged.authority.account});
    house_.tamper("DELETE FROM authorities WHERE account_id = $1", {headless.authority.account});
    house_.tamper("UPDATE authorities SET seal_gen = 0 WHERE account_id = $1",
                  {unreadable.authority.account});
    // An incident asks the device for a seal of its own; here only the search is counted.
    const seal::IntegrityReport nobody = [](std::string_view, const Bytes&) {};
    seal::Sealer sealer(house_.mint(), nobody);
    const auto counted = Directory::open({house_.mint(),
                                          house_.database(),
                                          sealer,
                                          house_.events(),
                                          house_.clock(),
                                          house_.random(),
                                          nobody,
                                          house_.notices()},
                                         TestHouse::soon());
    ASSERT_THAT(counted, isOk());
    const auto cost = [&](std::string_view address) {
        house_.device().reset();
        const auto found = (*counted)->find(mailbox(address), TestHouse::soon());
        std::string_view outcome = "unknown";
        if (!found) outcome = name(found.error().code);
        if (found && found->has_value()) outcome = "found";
        return std::pair(outcome, house_.device().counts());
    };
    const auto known = cost("known@example.test");
    EXPECT_EQ(known.first, "found");
    EXPECT_THAT(known.second,
                ElementsAre(testing::Pair("batch", 2),
                            testing::Pair("mac:lookup-mac", 1),
                            testing::Pair("mac:seal-mac", 2)));
    EXPECT_EQ(cost("frozen@example.test"), known);
    EXPECT_EQ(cost("unknown@example.test"), std::pair(std::string_view("unknown"), known.second));
    for (const auto* address :
         {"damaged@example.test", "headless@example.test", "unreadable@example.test"})
        EXPECT_EQ(cost(address), std::pair(std::string_view("integrity"), known.second)) << address;
}

TEST_F(Accounts, costTheDeviceTheSameWhenAMailIsVoid) {
    RecordProperty("requirement", "L-11");
    const Found made = house_.addAccount("someone@example.test");
    house_.device().reset();
    EXPECT_THAT(believed(made), isOk());
    const auto real = house_.device().counts();
    house_.device().reset();
    EXPECT_THAT(directory().spendOnDummy(TestHouse::soon()), isOk());
    EXPECT_EQ(house_.device().counts(), real);
}

TEST_F(Accounts, areDeniedForEveryEditedColumn) {
    const Found made = house_.addAccount("someone@example.test", AccountStatus::kActive, {"a"});
    const storage::Value account(made.authority.account);
    const storage::Value address(made.address);

    const struct {
        const seal::Table& table;
        const storage::Value& key;
    } rows[] = {
        {accountsTable(), account}, {authoritiesTable(), account}, {addressesTable(), address}};

    for (const auto& row : rows) {
        for (const seal::Column& column : row.table.columns) {
            const EditedColumn edit(house_, row.table, row.key, column.name);
            ASSERT_TRUE(edit.done()) << row.table.name << "." << column.name;
            // An address under another id is not there any more; everything else is damaged.
            const bool gone = &row.table == &addressesTable() && column.name == "id";
            EXPECT_THAT(believed(made),
                        failsWith(gone ? ErrorCode::kNotFound : ErrorCode::kIntegrity))
                << row.table.name << "." << column.name;
        }
    }
    EXPECT_THAT(believed(made), isOk());
    for (const auto* table : {"accounts:", "authorities:", "addresses:"})
        EXPECT_THAT(house_.integrityReports(), Contains(StartsWith(table)));
    EXPECT_THAT(house_.eventTypes(), Contains("integrity"));
}

TEST_F(Accounts, areDeniedForASealOfAnotherRow) {
    const Found made = house_.addAccount("someone@example.test");
    const Found other = house_.addAccount("other@example.test");
    // A whole authority record of another account, under this one's key.
    house_.tamper(
        "UPDATE authorities SET (status, roles, epoch, addresses_digest, version, seal_gen, seal) ="
        " (SELECT status, roles, epoch, addresses_digest, version, seal_gen, seal FROM authorities"
        " WHERE account_id = $1) WHERE account_id = $2",
        {other.authority.account, made.authority.account});
    EXPECT_THAT(find(made), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(find(other), isOk());
}

TEST_F(Accounts, areDeniedWithAnAddressThatTheirRecordDoesNotName) {
    const Found made = house_.addAccount("someone@example.test");
    const Found other = house_.addAccount("other@example.test");
    // The next version of the address, rightly sealed, that no authority record was told of.
    storage::Row next = made.address_row.row();
    const auto sealed =
        house_.sealer().sealNext(made.address_row, std::move(next), TestHouse::soon());
    ASSERT_THAT(sealed, isOk());
    ASSERT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) {
                                            return seal::Sealer::replace(
                                                transaction, made.address_row, *sealed);
                                        }),
                isOk());
    EXPECT_THAT(find(made), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(find("someone@example.test"), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(house_.integrityReports(), Contains("addresses:" + toHex(made.address.bytes)));
    EXPECT_THAT(find(other), isOk());
}

TEST_F(Accounts, areDeniedWithAnAddressTooMany) {
    const Found made = house_.addAccount("someone@example.test");
    const AddressId extra = AddressId::random(house_.random());
    storage::Row row = made.address_row.row();
    row.set("id", extra);
    row.set("lookup", Digest{});
    const auto sealed = house_.sealer().seal(addressesTable(), std::move(row), TestHouse::soon());
    ASSERT_THAT(sealed, isOk());
    ASSERT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) {
                                            return seal::Sealer::insert(transaction, *sealed);
                                        }),
                isOk());
    EXPECT_THAT(directory().find(made.authority.account, extra, TestHouse::soon()),
                failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(find(made), failsWith(ErrorCode::kIntegrity));
}

TEST_F(Accounts, areDeniedWithoutTheirRecord) {
    const Found made = house_.addAccount("someone@example.test");
    house_.tamper("DELETE FROM authorities");
    EXPECT_THAT(find(made), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(directory().authorityOf(made.authority.account, TestHouse::soon()),
                failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(house_.integrityReports(),
                Contains("authorities:" + toHex(made.authority.account.bytes)));
}

TEST_F(Accounts, haveAnUnreadableAddressWithoutTheirErasablePart) {
    const Found made = house_.addAccount("someone@example.test");
    const auto read = house_.query("SELECT * FROM accounts");
    ASSERT_EQ(read.size(), 1U);
    const auto verified =
        house_.sealer().verify({{&accountsTable(), read.front()}}, TestHouse::soon());
    ASSERT_THAT(verified, isOk());
    storage::Row erased = read.front();
    erased.set("pii_part", nullptr);
    const auto sealed =
        house_.sealer().sealNext(verified->front(), std::move(erased), TestHouse::soon());
    ASSERT_THAT(sealed, isOk());
    ASSERT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) {
                                            return seal::Sealer::replace(
                                                transaction, verified->front(), *sealed);
                                        }),
                isOk());
    EXPECT_THAT(directory().decryptAddress(made, TestHouse::soon()), failsWith(ErrorCode::kGone));
}

TEST_F(Accounts, areFrozenWithANewEpochAndAnEvent) {
    RecordProperty("requirement", "R-09");
    const Found made = house_.addAccount("someone@example.test");
    EXPECT_TRUE(made.authority.maySignIn());
    EXPECT_THAT(
        directory().freeze(mailbox("someone@example.test"), std::nullopt, TestHouse::soon()),
        isOk());
    const auto authority = directory().authorityOf(made.authority.account, TestHouse::soon());
    ASSERT_THAT(authority, isOk());
    EXPECT_EQ(authority->status, AccountStatus::kFrozen);
    EXPECT_FALSE(authority->maySignIn());
    EXPECT_EQ(authority->epoch, 2U);
    EXPECT_EQ(authority->row.version(), 2U);
    EXPECT_THAT(house_.eventTypes(), ElementsAre("account.created", "account.frozen"));
    EXPECT_THAT(find(made), isOk());
    EXPECT_THAT(
        directory().freeze(mailbox("someone@example.test"), std::nullopt, TestHouse::soon()),
        failsWith(ErrorCode::kConflict));
    EXPECT_THAT(directory().freeze(mailbox("nobody@example.test"), std::nullopt, TestHouse::soon()),
                failsWith(ErrorCode::kNotFound));
}

TEST_F(Accounts, areNotThawedByAnEditor) {
    const Found made = house_.addAccount("someone@example.test");
    ASSERT_THAT(
        directory().freeze(mailbox("someone@example.test"), std::nullopt, TestHouse::soon()),
        isOk());
    house_.tamper("UPDATE authorities SET status = 'active'");
    EXPECT_THAT(directory().authorityOf(made.authority.account, TestHouse::soon()),
                failsWith(ErrorCode::kIntegrity));
}

TEST_F(Accounts, areThawedOnceAndKeepTheEpochOfTheirFreeze) {
    const Found made = house_.addAccount("someone@example.test");
    const auto write = [&](const Directory::PreparedChange& change) {
        return house_.database().write(TestHouse::soon(), [&](storage::Transaction& transaction) {
            return Directory::write(transaction, change);
        });
    };
    EXPECT_THAT(directory().prepareThaw(made.authority, std::nullopt, TestHouse::soon()),
                failsWith(ErrorCode::kConflict));
    ASSERT_THAT(
        directory().freeze(mailbox("someone@example.test"), std::nullopt, TestHouse::soon()),
        isOk());
    const auto frozen = directory().authorityOf(made.authority.account, TestHouse::soon());
    ASSERT_THAT(frozen, isOk());
    const auto thaw = directory().prepareThaw(*frozen, std::nullopt, TestHouse::soon());
    ASSERT_THAT(thaw, isOk());
    EXPECT_THAT(write(*thaw), isOk());
    EXPECT_THAT(write(*thaw), failsWith(ErrorCode::kConflict));
    const auto thawed = directory().authorityOf(made.authority.account, TestHouse::soon());
    ASSERT_THAT(thawed, isOk());
    EXPECT_EQ(thawed->status, AccountStatus::kActive);
    EXPECT_EQ(thawed->epoch, 2U) << "no session of before the freeze comes back";
    EXPECT_THAT(house_.eventTypes(),
                ElementsAre("account.created", "account.frozen", "account.thawed"));
}

TEST_F(Accounts, areCountedByRoleAndOnlyWhereTheyMaySignIn) {
    const Found one =
        house_.addAccount("one@example.test", AccountStatus::kActive, {"operator", "auditor"});
    const Found two =
        house_.addAccount("two@example.test", AccountStatus::kBootstrap, {"operator"});
    house_.addAccount("co@example.test", AccountStatus::kActive, {"co-operator"});
    house_.addAccount("nobody@example.test");
    house_.addAccount("frozen@example.test", AccountStatus::kFrozen, {"operator"});
    const auto ids = [&](std::string_view role) {
        std::vector<AccountId> found;
        const auto holders = directory().withRole(role, TestHouse::soon());
        EXPECT_THAT(holders, isOk());
        if (!holders) return found;
        for (const auto& holder : *holders) found.push_back(holder.account);
        return found;
    };
    EXPECT_THAT(ids(kOperatorRole),
                testing::UnorderedElementsAre(one.authority.account, two.authority.account));
    EXPECT_THAT(ids("auditor"), ElementsAre(one.authority.account));
    EXPECT_THAT(ids("approver"), IsEmpty());
    EXPECT_THAT(directory().withRole("%", TestHouse::soon()), failsWith(ErrorCode::kInternal));
    ASSERT_EQ(house_.tamper("UPDATE authorities SET roles = 'operator' WHERE roles = ''"), 1);
    EXPECT_THAT(directory().withRole(kOperatorRole, TestHouse::soon()),
                failsWith(ErrorCode::kIntegrity))
        << "a role that an editor gave";
}

TEST_F(Accounts, areNotMadeWithARoleThatIsNoWord) {
    for (const auto* role : {"", "Operator", "operator auditor", "a%"}) {
        const auto made = directory().create({Kind::kPerson,
                                              mailbox("someone@example.test"),
                                              AccountStatus::kActive,
                                              {role},
                                              std::nullopt},
                                             TestHouse::soon());
        EXPECT_THAT(made, failsWith(ErrorCode::kInvalidRequest)) << role;
    }
    EXPECT_THAT(house_.query("SELECT 1 FROM accounts"), IsEmpty());
}

TEST_F(Accounts, areActivatedOnceByTheirFirstLink) {
    const Found made = house_.addAccount("someone@example.test", AccountStatus::kUnconfirmed);
    const auto change = directory().prepareActivation(made.authority, TestHouse::soon());
    ASSERT_THAT(change, isOk());
    const auto write = [&] {
        return house_.database().write(TestHouse::soon(), [&](storage::Transaction& transaction) {
            return Directory::write(transaction, *change);
        });
    };
    EXPECT_THAT(write(), isOk());
    EXPECT_THAT(write(), failsWith(ErrorCode::kConflict));
    const auto authority = directory().authorityOf(made.authority.account, TestHouse::soon());
    ASSERT_THAT(authority, isOk());
    EXPECT_EQ(authority->status, AccountStatus::kActive);
    EXPECT_EQ(authority->epoch, 1U);
    EXPECT_THAT(directory().prepareActivation(*authority, TestHouse::soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(house_.eventTypes(), ElementsAre("account.created", "account.activated"));
    EXPECT_THAT(find(made), isOk());
}

TEST_F(Accounts, areNotActivatedOverAFreeze) {
    const Found made = house_.addAccount("someone@example.test", AccountStatus::kUnconfirmed);
    const auto change = directory().prepareActivation(made.authority, TestHouse::soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(
        directory().freeze(mailbox("someone@example.test"), std::nullopt, TestHouse::soon()),
        isOk());
    EXPECT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) {
                                            return Directory::write(transaction, *change);
                                        }),
                failsWith(ErrorCode::kConflict));
    const auto authority = directory().authorityOf(made.authority.account, TestHouse::soon());
    ASSERT_THAT(authority, isOk());
    EXPECT_EQ(authority->status, AccountStatus::kFrozen);
}

TEST_F(Accounts, leaveNoAddressInFilesOrLog) {
    house_.addAccount("canary.mailbox@example.test");
    std::string stored;
    for (const auto* suffix : {"", "-wal"}) {
        std::ifstream file(house_.databasePath() + suffix, std::ios::binary);
        stored.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    EXPECT_THAT(stored, HasSubstr("account.created"));  // this is the right place to look
    EXPECT_THAT(stored, Not(HasSubstr("canary")));
    for (const std::string& line : house_.logLines()) EXPECT_THAT(line, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace sallyport::account
