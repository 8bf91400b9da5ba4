#include "account/tables.h"
#include "audit/incidents.h"
#include "audit/tables.h"
#include "keyring/key_states.h"
#include "limit/tables.h"
#include "link/tables.h"
#include "mail/outbox.h"
#include "session/session_row.h"
#include "session/tables.h"
#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

/// An editor of the database changes every column of every row, by class: what is bound or sealed
/// is refused and reported, what is state is named in docs/threat-model.md, what is free changes no
/// decision.
namespace sallyport {
namespace {

using seal::ColumnClass;
using test::Delivered;
using test::opened;
using test::SignInHouse;
using test::TestBrowser;
using test::TestHouse;

constexpr std::string_view kAda = "ada@example.test";

std::vector<const seal::Table*> allTables() {
    return {&account::installationTable(),
            &keyring::keyStatesTable(),
            &account::accountsTable(),
            &account::authoritiesTable(),
            &account::addressesTable(),
            &link::linksTable(),
            &session::sessionsTable(),
            &mail::outboxTable(),
            &limit::hitsTable(),
            &limit::saltsTable(),
            &audit::eventsTable(),
            &audit::eventPayloadsTable(),
            &audit::incidentsTable()};
}

/// A value of the same type that is not the same.
storage::Value changed(const storage::Value& value) {
    if (const auto* number = value.asInteger()) return *number + 1;
    if (const auto* text = value.asText()) return *text + "x";
    if (const auto* bytes = value.asBytes()) {
        Bytes other = *bytes;
        if (other.empty()) return Bytes{1};
        other.back() ^= 1;
        return other;
    }
    return Bytes(16, 7);
}

/// What an editor writes into a bound column, or into the seal itself; a time also far into the
/// past and the future.
std::vector<storage::Value> edits(const seal::Column& column, const storage::Value& value) {
    if (column.column_class != ColumnClass::kBound && column.column_class != ColumnClass::kSeal)
        return {};
    std::vector<storage::Value> all{changed(value)};
    constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3600 * 1'000'000;
    if (const auto* number = value.asInteger(); number != nullptr && *number > kYear) {
        all.emplace_back(*number - kYear);
        all.emplace_back(*number + kYear);
    }
    return all;
}

/// A house with one row of every table.
class Tamper : public testing::Test {
  protected:
    Tamper() {
        h.house.addAccount(kAda);
        EXPECT_THAT(h.ask(browser, kAda), test::isOk());
        letter = h.deliverOne();
        EXPECT_TRUE(opened(h.redeem(browser, letter.token)));
        EXPECT_THAT(h.ask(browser, kAda), test::isOk());
        letter = h.deliverOne();
    }

    storage::Row only(const seal::Table& table) {
        const auto rows = h.house.query("SELECT * FROM " + std::string(table.name) +
                                        " ORDER BY rowid DESC LIMIT 1");
        SALLYPORT_ASSERT(!rows.empty());
        return rows.front();
    }

    void write(const seal::Table& table,
               const storage::Row& row,
               std::string_view column,
               const storage::Value& value) {
        const auto key = *row.value(table.key());
        EXPECT_EQ(
            h.house.tamper("UPDATE " + std::string(table.name) + " SET " + std::string(column) +
                               " = $1 WHERE " + std::string(table.key()) + " = $2",
                           {value, key}),
            1);
    }

    bool sealHolds(const seal::Table& table, const storage::Row& row) {
        return h.house.sealer().verify({{&table, row}}, TestHouse::soon()).has_value();
    }

    bool tokenRowHolds(const seal::Table& table, const storage::Row& row) {
        if (table.name == "links") {
            const auto link = link::readLinkRow(row);
            return link &&
                   verdict({TokenId{link->id.bytes}, link->generation, link->fields, link->check});
        }
        const auto session = session::readSessionRow(row);
        return session && verdict({TokenId{session->id.bytes},
                                   session->generation,
                                   session->fields,
                                   session->check});
    }

    bool verdict(mint::VerifyRow request) {
        return *mint::ask<mint::Verdict>(h.house.mint(), std::move(request), TestHouse::soon()) ==
               mint::Verdict::kValid;
    }

    bool holds(const seal::Table& table, const storage::Row& row) {
        return table.binding == seal::Binding::kSealed ? sealHolds(table, row)
                                                       : tokenRowHolds(table, row);
    }

    SignInHouse h{limit::Config{1000, std::nullopt}};
    TestBrowser browser{"192.0.2.1"};
    Delivered letter;
};

TEST_F(Tamper, everyEditOfABoundOrSealedColumnIsSeen) {
    RecordProperty("requirement", "F-09");
    int edits = 0;
    for (const auto* table : allTables()) {
        if (table->binding == seal::Binding::kState || table == &audit::incidentsTable()) continue;
        const storage::Row row = only(*table);
        ASSERT_TRUE(holds(*table, row)) << table->name;
        for (const auto& column : table->columns) {
            if (column.column_class == ColumnClass::kState ||
                column.column_class == ColumnClass::kFree)
                continue;
            storage::Row edited = row;
            edited.set(std::string(column.name), changed(*row.value(column.name)));
            EXPECT_FALSE(holds(*table, edited)) << table->name << "." << column.name;
            ++edits;
            if (row.value(column.name)->isNull()) continue;
            edited.set(std::string(column.name), storage::Value());
            EXPECT_FALSE(holds(*table, edited)) << table->name << "." << column.name << " = NULL";
        }
    }
    EXPECT_GT(edits, 60);
}

TEST_F(Tamper, editsOfStateAndFreeColumnsBreakNoSeal) {
    for (const auto* table : allTables()) {
        if (table->binding == seal::Binding::kState || table == &audit::incidentsTable()) continue;
        const storage::Row row = only(*table);
        for (const auto& column : table->columns) {
            if (column.column_class != ColumnClass::kState &&
                column.column_class != ColumnClass::kFree)
                continue;
            storage::Row edited = row;
            edited.set(std::string(column.name), changed(*row.value(column.name)));
            if (table->binding != seal::Binding::kSealed) continue;
            EXPECT_TRUE(holds(*table, edited)) << column.name;
        }
    }
}

/// Every place where a decision reads a row: after each edit nobody signs in with it, and the edit
/// is reported.
TEST_F(Tamper, aLinkIsRefusedAfterAnyBoundEditAndTheEditIsReported) {
    for (const auto* table :
         {&link::linksTable(), &account::addressesTable(), &account::authoritiesTable()}) {
        const storage::Row row = only(*table);
        for (const auto& column : table->columns) {
            for (const auto& value : edits(column, *row.value(column.name))) {
                const auto before = h.house.integrityReports().size();
                write(*table, row, column.name, value);
                EXPECT_FALSE(opened(h.redeem(browser, letter.token)))
                    << table->name << "." << column.name;
                EXPECT_GT(h.house.integrityReports().size(), before)
                    << table->name << "." << column.name;
                write(*table, row, column.name, *row.value(column.name));
            }
        }
    }
    EXPECT_TRUE(opened(h.redeem(browser, letter.token)));
}

/// The edit shows in every way to use a link; one that looks for its row by the edited column finds
/// none, as after a deletion.
TEST_F(Tamper, inspectionAndRelayReportWhatTheyRefuse) {
    const auto& table = link::linksTable();
    const storage::Row row = only(table);
    for (const auto& column : table.columns) {
        for (const auto& value : edits(column, *row.value(column.name))) {
            const auto before = h.house.integrityReports().size();
            write(table, row, column.name, value);
            EXPECT_FALSE(
                opened(h.links.inspect(letter.token, browser.requester, TestHouse::soon())))
                << column.name;
            const auto inspected = h.house.integrityReports().size();
            EXPECT_GT(inspected, before) << column.name;
            EXPECT_FALSE(opened(h.relay(browser, letter.code))) << column.name;
            if (column.name != "binding") {
                EXPECT_GT(h.house.integrityReports().size(), inspected) << column.name;
            }
            write(table, row, column.name, *row.value(column.name));
        }
    }
    EXPECT_TRUE(opened(h.relay(browser, letter.code)));
}

TEST_F(Tamper, aSessionIsRefusedAfterAnyBoundEditAndTheEditIsReported) {
    RecordProperty("requirement", "F-09");
    const auto& table = session::sessionsTable();
    const storage::Row row = only(table);
    for (const auto& column : table.columns) {
        for (const auto& value : edits(column, *row.value(column.name))) {
            const auto before = h.house.integrityReports().size();
            write(table, row, column.name, value);
            EXPECT_FALSE(h.signedIn(browser)) << column.name;
            EXPECT_GT(h.house.integrityReports().size(), before) << column.name;
            write(table, row, column.name, *row.value(column.name));
        }
    }
    EXPECT_TRUE(h.signedIn(browser));
}

TEST_F(Tamper, aRowThatIsRefusedAsItStandsIsNotReported) {
    ASSERT_TRUE(opened(h.redeem(browser, letter.token)));
    const auto session = h.sessions.check(Secret(browser.session_cookie), TestHouse::soon());
    ASSERT_THAT(session, test::isOk());
    EXPECT_EQ(test::refusalOf(h.redeem(browser, letter.token)), link::Refusal::kUsed);
    TestBrowser stranger{"198.51.100.1"};
    ASSERT_THAT(h.ask(stranger, kAda), test::isOk());
    EXPECT_EQ(test::refusalOf(h.redeem(stranger, letter.token)), link::Refusal::kWrongBrowser);
    EXPECT_THAT(h.sessions.end(*session, session->id(), TestHouse::soon()), test::isOk());
    EXPECT_FALSE(h.signedIn(browser));
    h.house.clock().advance(std::chrono::hours(2));
    EXPECT_EQ(test::refusalOf(h.relay(stranger, letter.code)), link::Refusal::kExpired);
    EXPECT_FALSE(h.signedIn(browser));
    EXPECT_THAT(h.house.integrityReports(), testing::IsEmpty());
}

TEST_F(Tamper, deletedRowsDeny) {
    h.house.tamper("DELETE FROM authorities");
    EXPECT_FALSE(opened(h.redeem(browser, letter.token)));
    EXPECT_FALSE(h.signedIn(browser));
}

TEST_F(Tamper, freeColumnsChangeNoDecision) {
    h.house.tamper("UPDATE links SET language = 'en', browser = 'x'");
    h.house.tamper("UPDATE sessions SET browser = 'x'");
    EXPECT_TRUE(h.signedIn(browser));
    EXPECT_TRUE(opened(h.redeem(browser, letter.token)));
}

TEST_F(Tamper, everyStateColumnIsNamedInTheThreatModel) {
    std::ifstream file(SALLYPORT_SOURCE_DIR "/docs/threat-model.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const auto* table : allTables()) {
        const bool whole =
            text.str().find("`" + std::string(table->name) + "`") != std::string::npos;
        for (const auto& column : table->columns) {
            if (column.column_class != ColumnClass::kState) continue;
            const std::string name =
                "`" + std::string(table->name) + "." + std::string(column.name) + "`";
            EXPECT_TRUE((table->binding == seal::Binding::kState && whole) ||
                        text.str().find(name) != std::string::npos)
                << name;
        }
    }
}

TEST_F(Tamper, aForgedLinkRowWithAnOutboxRowSendsNothing) {
    RecordProperty("requirement", "L-10");
    const auto account = only(account::authoritiesTable());
    const auto address = only(account::addressesTable());
    h.house.tamper(
        "INSERT INTO links SELECT randomblob(16), gen, purpose, $1, $2, binding, request_id, "
        "issued_at, "
        "expires_at, randomblob(32), NULL, NULL, NULL, 0, 0, 1, 1, asked_at, tag, source, known, "
        "mailbox, "
        "language, browser FROM links ORDER BY rowid DESC LIMIT 1",
        {*account.value("account_id"), *address.value("id")});
    h.house.tamper(
        "INSERT INTO outbox SELECT randomblob(16), template, (SELECT id FROM links ORDER BY rowid "
        "DESC LIMIT "
        "1), language, message_id, date, boundary, 0, expires_at, NULL, NULL, 0, next_at, NULL, "
        "NULL FROM "
        "outbox ORDER BY rowid DESC LIMIT 1");
    EXPECT_THAT(h.deliver(), testing::IsEmpty());
    EXPECT_THAT(h.house.integrityReports(), testing::Not(testing::IsEmpty()));
}

TEST_F(Tamper, aRelayCodeCannotBeMovedToAnotherAccount) {
    h.house.addAccount("eve@example.test");
    TestBrowser eve{"198.51.100.1"};
    ASSERT_THAT(h.ask(eve, "eve@example.test"), test::isOk());
    const Delivered hers = h.deliverOne();
    // Eve has the database: she points her own link at Ada's account and address, and types her own
    // code.
    h.house.tamper(
        "UPDATE links SET account_id = (SELECT account_id FROM links WHERE id = $1), address_id = "
        "(SELECT "
        "address_id FROM links WHERE id = $1) WHERE id = $2",
        {LinkId::fromText(letter.link_id)->bytes, LinkId::fromText(hers.link_id)->bytes});
    EXPECT_EQ(test::refusalOf(h.relay(eve, hers.code)), link::Refusal::kInvalid);
    EXPECT_EQ(test::refusalOf(h.redeem(eve, hers.token)), link::Refusal::kInvalid);
    EXPECT_THAT(h.house.integrityReports(), testing::Not(testing::IsEmpty()));
}

TEST_F(Tamper, aRevivedLinkWorksOnlyInItsOwnBrowserAndTime) {
    ASSERT_TRUE(opened(h.redeem(browser, letter.token)));
    h.house.tamper("UPDATE links SET consumed_at = NULL");
    // Named in the threat model (`link-again`): what he already holds, in the browser he already
    // holds.
    TestBrowser thief{"198.51.100.1"};
    EXPECT_EQ(test::refusalOf(h.redeem(thief, letter.token)), link::Refusal::kWrongBrowser);
    h.house.clock().advance(std::chrono::minutes(10));
    EXPECT_EQ(test::refusalOf(h.redeem(browser, letter.token)), link::Refusal::kExpired);
}

TEST_F(Tamper, aRevivedSessionEndsWithItsAccountsEpoch) {
    const auto session = h.sessions.check(Secret(browser.session_cookie), TestHouse::soon());
    ASSERT_THAT(session, test::isOk());
    ASSERT_THAT(h.house.directory().freeze(
                    *account::MailAddress::parse(kAda), std::nullopt, TestHouse::soon()),
                test::isOk());
    h.house.tamper("UPDATE sessions SET revoked_at = NULL");
    EXPECT_FALSE(h.signedIn(browser));
}

}  // namespace
}  // namespace sallyport
