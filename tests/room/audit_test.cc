#include "audit/event.h"
#include "audit/freshness.h"
#include "audit/incidents.h"
#include "audit/tables.h"
#include "base/canonical.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"
#include "tests/support/schema_text.h"
#include "tests/support/test_database.h"

#include <thread>

namespace sallyport::audit {
namespace {

using test::failsWith;
using test::idFrom;
using test::isOk;
using test::isOkAndHolds;
using test::MintFixture;
using test::TestDatabase;

/// What was counted, by `name{label}`.
class RecordingMetrics final : public Metrics {
  public:
    void count(std::string_view name, Labels labels, std::uint64_t by) override {
        std::string key(name);
        for (const auto& [label, value] : labels) {
            key += "{" + std::string(label) + "=" + std::string(value) + "}";
        }
        const std::lock_guard lock(mutex_);
        counts_[key] += by;
    }

    void set(std::string_view, Labels, double) override {}

    void observe(std::string_view, Labels, double) override {}

    std::uint64_t counted(const std::string& key) {
        const std::lock_guard lock(mutex_);
        return counts_[key];
    }

  private:
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> counts_;
};

class AuditEvents : public testing::Test {
  protected:
    static Deadline soon() { return MintFixture::soon(); }

    Status append(const EventLog::Prepared& event) {
        return database_->write(soon(), [&](storage::Transaction& transaction) {
            return audit::append(transaction, event);
        });
    }

    test::TestClock clock_;
    test::SequenceRandom random_;
    EventLog events_{clock_, random_};
    TestDatabase database_;
};

TEST_F(AuditEvents, haveFixedMembersAndAMerkleLeaf) {
    RecordProperty("requirement", "A-01");
    const TraceScope trace(random_);
    const std::string trace_text(TraceScope::current());
    const auto event = events_.prepare({"link.redeemed",
                                        "ok",
                                        idFrom<AccountId>(0x10),
                                        idFrom<AccountId>(0x20),
                                        {{"link", "x"}, {"attempts", 2}},
                                        {}});
    ASSERT_THAT(event, isOk());
    EXPECT_EQ(event->at, clock_.now());
    EXPECT_EQ(event->entry,
              R"({"actor":")" + idFrom<AccountId>(0x10).text() +
                  R"(","at":1767323045000000,"data":{"attempts":2,"link":"x"},"id":")" +
                  event->id.text() + R"(","result":"ok","subject":")" +
                  idFrom<AccountId>(0x20).text() + R"(","trace":")" + trace_text +
                  R"(","type":"link.redeemed","v":1})");
    Bytes leaf{0};
    leaf.insert(leaf.end(), event->entry.begin(), event->entry.end());
    EXPECT_EQ(event->leaf, sha256(leaf));
    EXPECT_FALSE(event->salt.has_value());
    ASSERT_THAT(append(*event), isOk());
    const auto rows = database_.query("SELECT * FROM events");
    ASSERT_THAT(rows, isOk());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_THAT(rows->front().id<EventId>("id"), isOkAndHolds(event->id));
    EXPECT_THAT(rows->front().text("entry"), isOkAndHolds(event->entry));
    EXPECT_THAT(rows->front().digest("leaf"), isOkAndHolds(event->leaf));
    EXPECT_THAT(rows->front().time("at"), isOkAndHolds(event->at));
    EXPECT_TRUE(rows->front().find("log_index")->isNull());
    EXPECT_EQ(database_.number("SELECT count(*) AS n FROM event_payloads", "n"), 0);
}

TEST_F(AuditEvents, leaveOutWhatIsAbsent) {
    const auto event =
        events_.prepare({"service.started", "ok", std::nullopt, std::nullopt, {}, {}});
    ASSERT_THAT(event, isOk());
    EXPECT_EQ(event->entry,
              R"({"at":1767323045000000,"id":")" + event->id.text() +
                  R"(","result":"ok","type":"service.started","v":1})");
}

TEST_F(AuditEvents, keepPersonalDataBesideTheLog) {
    RecordProperty("requirement", "A-01");
    const auto event = events_.prepare({"session.opened",
                                        "ok",
                                        std::nullopt,
                                        std::nullopt,
                                        {},
                                        {{"browser", "Firefox on Windows"}}});
    ASSERT_THAT(event, isOk());
    EXPECT_EQ(event->payload, R"({"browser":"Firefox on Windows"})");
    ASSERT_TRUE(event->salt.has_value());
    EXPECT_EQ(event->entry.find("Firefox"), std::string::npos);
    Bytes salted = copyBytes(*event->salt);
    salted.insert(salted.end(), event->payload.begin(), event->payload.end());
    EXPECT_NE(event->entry.find(base64url::encode(sha256(salted))), std::string::npos);
    ASSERT_THAT(append(*event), isOk());
    const auto rows = database_.query("SELECT * FROM event_payloads");
    ASSERT_THAT(rows, isOk());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_THAT(rows->front().id<EventId>("event_id"), isOkAndHolds(event->id));
    EXPECT_THAT(rows->front().bytes("salt"), isOkAndHolds(copyBytes(*event->salt)));
    EXPECT_THAT(rows->front().text("payload"), isOkAndHolds(event->payload));

    const auto same = events_.prepare({"session.opened",
                                       "ok",
                                       std::nullopt,
                                       std::nullopt,
                                       {},
                                       {{"browser", "Firefox on Windows"}}});
    ASSERT_THAT(same, isOk());
    EXPECT_NE(same->salt, event->salt);
}

TEST_F(AuditEvents, areOfAKnownForm) {
    for (const auto& [type, result] : {std::pair{"", "ok"},
                                       std::pair{"Link", "ok"},
                                       std::pair{"a b", "ok"},
                                       std::pair{"link.redeemed", ""},
                                       std::pair{"link.redeemed", "OK"}}) {
        EXPECT_THAT(events_.prepare({type, result, std::nullopt, std::nullopt, {}, {}}),
                    failsWith(ErrorCode::kInternal))
            << type << " " << result;
    }
    EXPECT_THAT(events_.prepare({std::string(65, 'a'), "ok", std::nullopt, std::nullopt, {}, {}}),
                failsWith(ErrorCode::kInternal));
    EXPECT_THAT(events_.prepare({"a", "ok", std::nullopt, std::nullopt, {{"x", "\xff"}}, {}}),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(AuditEvents, areGoneWithTheirEffect) {
    const auto event = events_.prepare({"a", "ok", std::nullopt, std::nullopt, {}, {}});
    ASSERT_THAT(event, isOk());
    const Status failed =
        database_->write(soon(), [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(audit::append(transaction, *event));
            return fail(ErrorCode::kConflict, "the effect failed");
        });
    EXPECT_THAT(failed, failsWith(ErrorCode::kConflict));
    EXPECT_EQ(database_.number("SELECT count(*) AS n FROM events", "n"), 0);
}

class AuditIncidents : public AuditEvents {
  protected:
    std::int64_t incidents() {
        return database_.number("SELECT count(*) AS n FROM incidents", "n");
    }

    std::int64_t integrityEvents() {
        return database_.number(
            "SELECT count(*) AS n FROM events WHERE entry LIKE '%\"type\":\"integrity\"%'", "n");
    }

    RecordingMetrics metrics_;
    MintFixture fixture_;
    Incidents incidents_{
        database_.get(), fixture_.mint(), events_, clock_, random_, metrics_, database_.log()};
};

TEST_F(AuditIncidents, areASealedRowAndAnEvent) {
    RecordProperty("requirement", "A-01");
    incidents_.report("seal", "accounts", {0xab, 0xcd});
    EXPECT_EQ(metrics_.counted("sallyport_integrity_total{table=accounts}"), 1U);
    const auto rows = database_.query("SELECT * FROM incidents");
    ASSERT_THAT(rows, isOk());
    ASSERT_EQ(rows->size(), 1U);
    const storage::Row& row = rows->front();
    EXPECT_THAT(row.text("kind"), isOkAndHolds(std::string("seal")));
    EXPECT_THAT(row.text("table_name"), isOkAndHolds(std::string("accounts")));
    EXPECT_THAT(row.bytes("row_key"), isOkAndHolds(Bytes{0xab, 0xcd}));
    const auto events = database_.query("SELECT * FROM events");
    ASSERT_THAT(events, isOk());
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(*events->front().find("id"), *row.find("event_id"));
    const auto entry = Json::parse(*events->front().text("entry"));
    ASSERT_THAT(entry, isOk());
    EXPECT_EQ(*entry->find("type")->asString(), "integrity");
    EXPECT_EQ(*entry->find("result")->asString(), "refused");
    EXPECT_EQ(*entry->find("data")->find("table")->asString(), "accounts");
    EXPECT_EQ(*entry->find("data")->find("row")->asString(), "q80");
    EXPECT_NE(database_.logged().find(R"("event":"integrity")"), std::string::npos);
    seal::Sealer sealer(fixture_.mint(), [](std::string_view, const Bytes&) { FAIL(); });
    std::vector<seal::UnverifiedRow> unverified;
    unverified.push_back({&incidentsTable(), row});
    EXPECT_THAT(sealer.verify(std::move(unverified), soon()), isOk());
}

TEST_F(AuditIncidents, areWrittenOnceForEachRow) {
    for (int i = 0; i < 3; ++i) incidents_.report("seal", "accounts", {1});
    incidents_.report("token", "accounts", {1});
    EXPECT_EQ(incidents(), 1);
    EXPECT_EQ(integrityEvents(), 1);
    EXPECT_EQ(metrics_.counted("sallyport_integrity_total{table=accounts}"), 4U);
    incidents_.report("seal", "accounts", {2});
    incidents_.report("seal", "addresses", {1});
    EXPECT_EQ(incidents(), 3);
    EXPECT_EQ(integrityEvents(), 3);
}

TEST_F(AuditIncidents, areWrittenOnceWhenManySeeTheDamageAtOnce) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([this] { incidents_.report("seal", "accounts", {1}); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(incidents(), 1);
    EXPECT_EQ(integrityEvents(), 1);
    EXPECT_EQ(metrics_.counted("sallyport_integrity_unwritten_total"), 0U);
}

TEST_F(AuditIncidents, areNotSilencedByAForgedIncident) {
    ASSERT_THAT(
        database_.execute("INSERT INTO incidents VALUES "
                          "(x'00', 1, 'seal', 'accounts', x'01', x'00', 1, 7, zeroblob(32))"),
        isOk());
    incidents_.report("seal", "accounts", {1});
    EXPECT_EQ(incidents(), 2);
    EXPECT_EQ(integrityEvents(), 1);
    EXPECT_EQ(metrics_.counted("sallyport_integrity_total{table=incidents}"), 1U);
    incidents_.report("seal", "accounts", {1});
    EXPECT_EQ(incidents(), 2) << "the good one beside it is found";
}

TEST_F(AuditIncidents, doNotComeBackToThemselvesWhenTheirTableIsBroken) {
    incidents_.report("seal", "accounts", {1});
    ASSERT_THAT(database_.execute("UPDATE incidents SET kind = 'edited'"), isOkAndHolds(1));
    incidents_.report("seal", "accounts", {1});
    EXPECT_EQ(incidents(), 2);
    ASSERT_THAT(database_.execute("DROP TABLE incidents"), isOk());
    incidents_.report("seal", "accounts", {1});
    EXPECT_EQ(metrics_.counted("sallyport_integrity_unwritten_total"), 1U);
    EXPECT_EQ(metrics_.counted("sallyport_integrity_total{table=accounts}"), 3U);
    EXPECT_NE(database_.logged().find(R"("event":"integrity_unwritten")"), std::string::npos);
}

TEST_F(AuditIncidents, leaveTheErrorThatWasMetToItsCaller) {
    seal::Sealer sealer(fixture_.mint(), incidents_.reporter());
    storage::Row row;
    row.set("id", Bytes{1});
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back({&incidentsTable(), std::move(row)});
    fixture_.fake.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_THAT(sealer.checkRequest(rows.front()), failsWith(ErrorCode::kIntegrity));
    EXPECT_EQ(metrics_.counted("sallyport_integrity_unwritten_total"), 1U);
    EXPECT_EQ(metrics_.counted("sallyport_integrity_total{table=incidents}"), 1U);
}

TEST(Freshness, takesEveryVersionForCurrentWithoutAnAnchoredHead) {
    EXPECT_THAT(isCurrent("authorities", {1}, 1), isOk());
}

TEST(AuditTables, areDeclaredAsTheSchemaHasThem) {
    for (const seal::Table* table : {&eventsTable(), &eventPayloadsTable(), &incidentsTable()}) {
        EXPECT_EQ(test::declaredColumns(*table), test::schemaColumns(table->name)) << table->name;
    }
}

}  // namespace
}  // namespace sallyport::audit
