#include "account/tables.h"
#include "credential/tables.h"
#include "tests/support/edited_row.h"
#include "tests/support/key_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

/// An editor of the database signs in as nobody, adds no key, lifts no freeze: every bound column
/// of this room's tables, edited, is refused and reported.
namespace sallyport {
namespace {

using test::EditedColumn;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::Person;
using test::VirtualKey;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view kAda = "ada@example.test";

std::vector<std::string_view> boundColumns(const seal::Table& table) {
    std::vector<std::string_view> columns;
    for (const auto& column : table.columns) {
        if (column.column_class == seal::ColumnClass::kBound) columns.push_back(column.name);
    }
    return columns;
}

/// Columns of text that are empty in some ceremonies: what an editor writes there is text.
bool fillEmptyText(test::TestHouse& house, const CeremonyId& id, std::string_view column) {
    if (column != "authority_kind" && column != "label") return false;
    return house.tamper("UPDATE ceremonies SET " + std::string(column) +
                            " = 'ticket' WHERE id = $1 "
                            "AND " +
                            std::string(column) + " IS NULL",
                        {id}) == 1;
}

class KeyTamper : public testing::Test {
  protected:
    KeyTamper() { document = h.firstKey(ada, key); }

    /// Reports about a table since `before` of them were there.
    bool reported(std::size_t before, const seal::Table& table) {
        const auto reports = h.house.integrityReports();
        for (std::size_t i = before; i < reports.size(); ++i) {
            if (reports[i].starts_with(std::string(table.name) + ":")) return true;
        }
        return false;
    }

    std::string signIn() {
        const auto session = h.signIn(ada, key);
        return session ? "ok" : session.error().detail;
    }

    storage::Value idOf(const seal::Table& table) {
        return *h.house.query("SELECT * FROM " + std::string(table.name)).front().find(table.key());
    }

    KeyHouse h;
    Person ada = h.person(kAda);
    VirtualKey key = h.key();
    credential::KeyDocument document;
};

TEST_F(KeyTamper, aCredentialRow) {
    RecordProperty("requirement", "F-09");
    const auto session = h.inbox(ada);
    const auto& table = credential::credentialsTable();
    for (const auto column : boundColumns(table)) {
        const std::size_t before = h.house.integrityReports().size();
        const EditedColumn edit(h.house, table, document.id, column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_NE(signIn(), "ok") << column;
        EXPECT_THAT(h.own_keys.list(session, h.soon()), failsWith(ErrorCode::kIntegrity)) << column;
        EXPECT_TRUE(reported(before, table)) << column;
    }
    EXPECT_EQ(signIn(), "ok") << "put back";
}

TEST_F(KeyTamper, aCounterRow) {
    RecordProperty("requirement", "F-09");
    EXPECT_EQ(signIn(), "ok");
    const auto session = h.inbox(ada);
    const auto& table = credential::countersTable();
    auto columns = boundColumns(table);
    columns.push_back(table.key());
    for (const auto column : columns) {
        const std::size_t before = h.house.integrityReports().size();
        const EditedColumn edit(h.house, table, document.id, column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_NE(signIn(), "ok") << column;
        EXPECT_TRUE(reported(before, table)) << column;
        const std::size_t after = h.house.integrityReports().size();
        EXPECT_THAT(h.own_keys.list(session, h.soon()), failsWith(ErrorCode::kIntegrity)) << column;
        EXPECT_TRUE(reported(after, table)) << column;
    }
    EXPECT_EQ(signIn(), "ok");
}

TEST_F(KeyTamper, anAttestationRow) {
    const auto& table = credential::attestationsTable();
    const auto verify = [&] {
        return h.house.sealer().verify(
            {{&table, h.house.query("SELECT * FROM attestations").front()}}, h.soon());
    };
    ASSERT_THAT(verify(), isOk());
    for (const auto column : boundColumns(table)) {
        const std::size_t before = h.house.integrityReports().size();
        const EditedColumn edit(h.house, table, document.id, column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_THAT(verify(), failsWith(ErrorCode::kIntegrity)) << column;
        EXPECT_TRUE(reported(before, table)) << column;
    }
}

TEST_F(KeyTamper, aTicketRow) {
    const auto& table = credential::ticketsTable();
    const Person bob = h.person("bob@example.test");
    const std::string ticket = h.ticket(bob.account);
    ASSERT_THAT(h.tickets.check(ticket, bob.account, h.soon()), isOk());
    auto columns = boundColumns(table);
    columns.push_back("check_value");
    columns.push_back("gen");
    for (const auto column : columns) {
        const std::size_t before = h.house.integrityReports().size();
        const EditedColumn edit(h.house, table, idOf(table), column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_THAT(h.tickets.check(ticket, bob.account, h.soon()),
                    failsWith(ErrorCode::kIntegrity))
            << column;
        EXPECT_TRUE(reported(before, table)) << column;
    }
    EXPECT_THAT(h.tickets.check(ticket, bob.account, h.soon()), isOk());
}

TEST_F(KeyTamper, aTicketRowBetweenOptionsAndResponse) {
    const Person bob = h.person("bob@example.test");
    const auto session = h.inbox(bob);
    const auto& table = credential::ticketsTable();
    for (const auto column : boundColumns(table)) {
        h.house.tamper("DELETE FROM tickets");
        credential::Enrolment::Wish wish;
        wish.label = "x";
        wish.ticket = Secret(std::string_view(h.ticket(bob.account)));
        const auto offer = h.enrolment.begin(session, wish, h.soon());
        ASSERT_THAT(offer, isOk());
        VirtualKey his = h.key();
        const Json response = registered(his, test::creation(offer->options));
        const EditedColumn edit(h.house, table, idOf(table), column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_THAT(h.enrolment.finish(session, offer->id, response, h.soon()),
                    failsWith(ErrorCode::kIntegrity))
            << column;
    }
    EXPECT_THAT(h.live(bob.account), IsEmpty());
}

TEST_F(KeyTamper, aTicketRowOfAGenerationThatOnlyLooksRight) {
    const Person bob = h.person("bob@example.test");
    const auto session = h.inbox(bob);
    const auto& table = credential::ticketsTable();
    constexpr std::int64_t kOnce = std::int64_t{1} << 32;  // generations have 32 bits
    for (const std::int64_t shift : {-kOnce, kOnce}) {
        const std::string ticket = h.ticket(bob.account);
        credential::Enrolment::Wish wish;
        wish.label = "x";
        wish.ticket = Secret(std::string_view(ticket));
        const auto offer = h.enrolment.begin(session, wish, h.soon());
        ASSERT_THAT(offer, isOk());
        VirtualKey his = h.key();
        const Json response = registered(his, test::creation(offer->options));
        ASSERT_GT(h.house.tamper("UPDATE tickets SET gen = gen + $1", {shift}), 0);
        std::size_t before = h.house.integrityReports().size();
        EXPECT_THAT(h.tickets.check(ticket, bob.account, h.soon()),
                    failsWith(ErrorCode::kIntegrity))
            << shift;
        EXPECT_TRUE(reported(before, table)) << shift;
        before = h.house.integrityReports().size();
        EXPECT_THAT(h.enrolment.finish(session, offer->id, response, h.soon()),
                    failsWith(ErrorCode::kIntegrity))
            << shift;
        EXPECT_TRUE(reported(before, table)) << shift;
    }
    EXPECT_THAT(h.live(bob.account), IsEmpty());
}

TEST_F(KeyTamper, aSignInCeremonyRow) {
    const auto& table = credential::ceremoniesTable();
    for (const auto column : boundColumns(table)) {
        const std::size_t before = h.house.integrityReports().size();
        const auto offer = h.begin(ada, std::string(kAda));
        ASSERT_THAT(offer, isOk());
        const Json response = asserted(key, test::request(offer->options));
        if (!fillEmptyText(h.house, offer->id, column)) {
            const EditedColumn edit(h.house, table, offer->id, column);
            ASSERT_TRUE(edit.done()) << column;
            EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer->id, response)), "unknown_ceremony")
                << column;
        }
        EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer->id, response)), "unknown_ceremony")
            << column;
        EXPECT_TRUE(reported(before, table)) << column;
    }
    EXPECT_EQ(signIn(), "ok");
}

TEST_F(KeyTamper, anEnrolmentCeremonyRow) {
    const Person bob = h.person("bob@example.test");
    const auto session = h.inbox(bob);
    const auto& table = credential::ceremoniesTable();
    for (const auto column : boundColumns(table)) {
        const std::size_t before = h.house.integrityReports().size();
        credential::Enrolment::Wish wish;
        wish.label = "x";
        const auto offer = h.enrolment.begin(session, wish, h.soon());
        ASSERT_THAT(offer, isOk());
        VirtualKey his = h.key();
        const Json response = registered(his, test::creation(offer->options));
        const EditedColumn edit(h.house, table, offer->id, column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_THAT(h.enrolment.finish(session, offer->id, response, h.soon()),
                    failsWith(ErrorCode::kIntegrity))
            << column;
        EXPECT_TRUE(reported(before, table)) << column;
    }
    EXPECT_THAT(h.live(bob.account), IsEmpty());
}

TEST_F(KeyTamper, whatCanBeRevertedIsNamedInTheThreatModel) {
    std::ifstream file(SALLYPORT_SOURCE_DIR "/docs/threat-model.md");
    std::ostringstream text;
    text << file.rdbuf();
    for (const auto& column : credential::ticketsTable().columns) {
        if (column.column_class != seal::ColumnClass::kState) continue;
        EXPECT_THAT(text.str(), testing::HasSubstr("`tickets." + std::string(column.name) + "`"));
    }
}

TEST_F(KeyTamper, aDeletedKeyDeniesTheAccount) {
    const auto session = h.inbox(ada);
    h.house.tamper("DELETE FROM credentials");
    EXPECT_THAT(h.own_keys.list(session, h.soon()), failsWith(ErrorCode::kIntegrity));
    credential::Enrolment::Wish wish;
    wish.label = "x";
    EXPECT_THAT(h.enrolment.begin(session, wish, h.soon()), failsWith(ErrorCode::kIntegrity))
        << "no first key beside a deleted one";
    EXPECT_THAT(h.house.integrityReports(), Contains(StartsWith("credentials:")));
}

TEST_F(KeyTamper, aRecordThatIsDeletedMeanwhileDeniesTheKeysBehindIt) {
    const auto authority = h.authority(ada.account);
    h.house.tamper("DELETE FROM authorities WHERE account_id = $1", {ada.account});
    EXPECT_THAT(h.credentials.live(authority, h.soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_TRUE(reported(0, credential::credentialsTable()));
}

TEST_F(KeyTamper, aDamagedKeyIsOneIncidentForOneSignIn) {
    h.house.tamper("UPDATE credentials SET label = 'another'");
    EXPECT_EQ(signIn(), "damaged");
    EXPECT_THAT(h.house.integrityReports(), SizeIs(1));
}

TEST_F(KeyTamper, aVerifiedRowOfAnotherTableIsNeitherKeyNorCounter) {
    const auto rows = h.house.sealer().verify(
        {{&credential::credentialsTable(), h.house.query("SELECT * FROM credentials").front()},
         {&credential::countersTable(),
          h.house.query("SELECT * FROM credential_counters").front()}},
        h.soon());
    ASSERT_THAT(rows, isOk());
    EXPECT_THAT(credential::credentialFrom(rows->at(0)), isOk());
    EXPECT_THAT(credential::counterFrom(rows->at(1)), isOk());
    EXPECT_THAT(credential::credentialFrom(rows->at(1)), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(credential::counterFrom(rows->at(0)), failsWith(ErrorCode::kInternal));
}

TEST_F(KeyTamper, anOlderRowOfAKeyLiftsNoFreeze) {
    const storage::Row before = h.house.query("SELECT * FROM credentials").front();
    const auto change =
        h.credentials.prepareFreeze(h.authority(ada.account), document.id, "counter", h.soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(h.house.database().write(h.soon(),
                                         [&](storage::Transaction& transaction) {
                                             return credential::Credentials::write(transaction,
                                                                                   *change);
                                         }),
                isOk());
    ASSERT_EQ(h.house.tamper("UPDATE credentials SET status = $1, version = $2, seal_gen = $3, "
                             "seal = $4",
                             {*before.find("status"),
                              *before.find("version"),
                              *before.find("seal_gen"),
                              *before.find("seal")}),
              1);
    EXPECT_EQ(signIn(), "damaged");
    EXPECT_THAT(h.house.integrityReports(), Contains(StartsWith("credentials:")));
}

TEST_F(KeyTamper, aKeyThatIsMovedToAnotherAccountOpensNeither) {
    const Person bob = h.person("bob@example.test");
    h.house.tamper("UPDATE credentials SET account_id = $1", {bob.account});
    EXPECT_EQ(signIn(), "damaged");
    EXPECT_THAT(h.own_keys.list(h.inbox(ada), h.soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(h.own_keys.list(h.inbox(bob), h.soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(KeyTamper, optionsOfADamagedAccountLookLikeAnyOther) {
    const auto real = [this] {
        const auto offer = h.begin(ada, std::string(kAda));
        EXPECT_THAT(offer, isOk());
        const auto listed = test::request(offer->options).allow;
        EXPECT_THAT(listed, SizeIs(4));
        return std::find(listed.begin(), listed.end(), key.credentials().front().id) !=
               listed.end();
    };
    EXPECT_TRUE(real());
    for (const auto column : boundColumns(credential::credentialsTable())) {
        const std::size_t before = h.house.integrityReports().size();
        const EditedColumn edit(h.house, credential::credentialsTable(), document.id, column);
        ASSERT_TRUE(edit.done()) << column;
        EXPECT_FALSE(real()) << column;
        EXPECT_GT(h.house.integrityReports().size(), before) << column;
    }
    EXPECT_TRUE(real());
}

}  // namespace
}  // namespace sallyport
