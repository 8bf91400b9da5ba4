#include "base/log.h"
#include "base/metrics.h"
#include "limit/hits.h"
#include "storage/sqlite_database.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace sallyport::limit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::Transaction;
using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using testing::Eq;
using testing::Optional;

/// Noon and midnight of one day.
const Time kNoon = timeFromMicros((std::int64_t{20'000} * 86'400 + 43'200) * 1'000'000);
const Time kMidnight = kNoon + hours(12);

class Limits : public testing::Test {
  protected:
    void SetUp() override {
        storage::SqliteOptions options;
        options.path = directory_.file("limits.db");
        options.run_bodies_twice = true;
        auto opened = storage::SqliteDatabase::open(options, log_, metrics_);
        ASSERT_THAT(opened, isOk());
        database_ = std::move(*opened);
        ASSERT_THAT(database_->migrate(soon()), isOk());
    }

    static Deadline soon() { return Deadline::after(seconds(30)); }

    struct Who {
        std::string_view mailbox;
        std::string_view source;
    };

    /// Stands for the mint: any name that differs by mailbox and day.
    static Digest lookup(std::string_view mailbox, Day day) {
        return sha256(mailboxLookupBytes(Secret(mailbox), day).expose());
    }

    static Keys mailbox(std::string_view mailbox, Time now) {
        return mailboxKeys(lookup(mailbox, dayOf(now)), lookup(mailbox, dayOf(now) - 1));
    }

    Result<std::optional<Duration>> wait(const Who& who, Time now) {
        return database_->read(
            soon(), [&](Transaction& transaction) { return waitIn(transaction, who, now); });
    }

    Result<std::optional<Duration>> waitIn(Transaction& transaction, const Who& who, Time now) {
        SALLYPORT_TRY(const Salts salts, readSalts(transaction, now));
        return retryAfter(transaction,
                          rules_.mailbox,
                          mailbox(who.mailbox, now),
                          sourceKeys(salts, who.source),
                          now);
    }

    Status hit(const Who& who, Time now) {
        const auto fresh = random_.bytes<32>();
        const HitId id = HitId::random(random_);
        return database_->write(soon(), [&](Transaction& transaction) -> Status {
            SALLYPORT_TRY(const Salts salts, ensureSalts(transaction, now, fresh));
            return addHit(transaction,
                          id,
                          rules_.mailbox,
                          mailbox(who.mailbox, now),
                          sourceKeys(salts, who.source),
                          now);
        });
    }

    /// Hits if there is room, as a caller does. Answers whether there was.
    bool spend(const Who& who, Time now) {
        const auto waiting = wait(who, now);
        EXPECT_THAT(waiting, isOk());
        if (!waiting || waiting->has_value()) return false;
        EXPECT_THAT(hit(who, now), isOk());
        return true;
    }

    Result<std::int64_t> rows(std::string_view table) {
        return database_->read(soon(), [&](Transaction& transaction) -> Result<std::int64_t> {
            SALLYPORT_TRY(const auto row,
                          transaction.first("SELECT COUNT(*) AS n FROM " + std::string(table), {}));
            return row->integer("n");
        });
    }

    Result<std::int64_t> purgeAt(Time now, std::int64_t batch) {
        return database_->write(
            soon(), [&](Transaction& transaction) { return purge(transaction, now, batch); });
    }

    const Rules rules_ = makeRules({});
    test::TemporaryDirectory directory_;
    test::TestClock clock_;
    NoMetrics metrics_;
    Log log_{clock_, [](std::string_view) {}};
    test::SequenceRandom random_;
    std::unique_ptr<storage::Database> database_;
};

const std::optional<Duration> kNow;

TEST_F(Limits, letAMailboxHaveThreeInTenMinutesFromDifferentSources) {
    RecordProperty("requirement", "L-12");
    EXPECT_TRUE(spend({"a", "1"}, kNoon));
    EXPECT_TRUE(spend({"a", "2"}, kNoon + seconds(60)));
    EXPECT_TRUE(spend({"a", "3"}, kNoon + seconds(120)));
    EXPECT_THAT(wait({"a", "4"}, kNoon + seconds(180)), isOkAndHolds(Optional(Eq(minutes(7)))));
    EXPECT_THAT(wait({"b", "4"}, kNoon + seconds(180)), isOkAndHolds(kNow));
}

TEST_F(Limits, slideExactly) {
    for (const auto* source : {"1", "2", "3"}) ASSERT_TRUE(spend({"a", source}, kNoon));
    const Time freed = kNoon + minutes(10);
    EXPECT_THAT(wait({"a", "4"}, freed - Duration(1)), isOkAndHolds(Optional(Eq(Duration(1)))));
    EXPECT_THAT(wait({"a", "4"}, freed), isOkAndHolds(kNow));
}

TEST_F(Limits, letOneSourceSpendTwoThirdsOnly) {
    RecordProperty("requirement", "O-03");
    EXPECT_TRUE(spend({"a", "stranger"}, kNoon));
    EXPECT_TRUE(spend({"a", "stranger"}, kNoon));
    EXPECT_FALSE(spend({"a", "stranger"}, kNoon + seconds(1)));
    EXPECT_TRUE(spend({"a", "owner"}, kNoon + seconds(2)));
}

TEST_F(Limits, leaveTheOwnerHisThirdOfADayUnderAThousandAsks) {
    RecordProperty("requirement", "O-03");
    int spent = 0;
    for (int i = 0; i < 1000; ++i) {
        if (spend({"a", "stranger"}, kNoon + i * seconds(86))) ++spent;
    }
    EXPECT_EQ(spent, 10);
    EXPECT_TRUE(spend({"a", "owner"}, kNoon + hours(23) + minutes(54)));
}

TEST_F(Limits, countOverMidnightUnderTheNamesOfBothDays) {
    const Time before = kMidnight - minutes(2);
    const Time after = kMidnight + minutes(1);
    ASSERT_TRUE(spend({"a", "stranger"}, before));
    ASSERT_TRUE(spend({"a", "stranger"}, kMidnight - Duration(1)));
    EXPECT_FALSE(spend({"a", "stranger"}, after));
    EXPECT_TRUE(spend({"a", "owner"}, after));
    EXPECT_THAT(wait({"a", "third"}, after), isOkAndHolds(Optional(Eq(minutes(7)))));
    EXPECT_THAT(rows("limit_salts"), isOkAndHolds(2));
}

TEST_F(Limits, answerTheLongestOfAllWindows) {
    // Five in an hour, never three in ten minutes.
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(spend({"a", std::to_string(i)}, kNoon + i * minutes(11)));
    EXPECT_THAT(wait({"a", "9"}, kNoon + minutes(45)), isOkAndHolds(Optional(Eq(minutes(15)))));
}

TEST_F(Limits, countPerBucketAndPerSource) {
    ASSERT_THAT(hit({"a", "1"}, kNoon), isOk());
    ASSERT_THAT(hit({"a", "2"}, kNoon + minutes(1)), isOk());
    ASSERT_THAT(hit({"b", "1"}, kNoon + minutes(1)), isOk());
    const Time now = kNoon + minutes(2);
    const auto count = [&](Duration length) {
        return database_->read(soon(), [&](Transaction& transaction) {
            return countHits(transaction, rules_.mailbox, mailbox("a", now), length, now);
        });
    };
    EXPECT_THAT(count(minutes(10)), isOkAndHolds(2));
    EXPECT_THAT(count(minutes(2)), isOkAndHolds(1));
    const auto of_one =
        database_->read(soon(), [&](Transaction& transaction) -> Result<std::int64_t> {
            SALLYPORT_TRY(const Salts salts, readSalts(transaction, now));
            return countHits(transaction,
                             rules_.mailbox,
                             mailbox("a", now),
                             sourceKeys(salts, "1"),
                             minutes(10),
                             now);
        });
    EXPECT_THAT(of_one, isOkAndHolds(1));
}

TEST_F(Limits, makeOneSaltADay) {
    const auto ensure = [&](Time now) {
        const auto fresh = random_.bytes<32>();
        return database_->write(
            soon(), [&](Transaction& transaction) { return ensureSalts(transaction, now, fresh); });
    };
    const auto first = ensure(kNoon);
    const auto again = ensure(kNoon + hours(1));
    const auto next = ensure(kNoon + hours(24));
    ASSERT_THAT(first, isOk());
    ASSERT_THAT(again, isOk());
    ASSERT_THAT(next, isOk());
    EXPECT_TRUE(first->today.has_value());
    EXPECT_EQ(first->yesterday, std::nullopt);
    EXPECT_EQ(first->today, again->today);
    EXPECT_EQ(next->yesterday, first->today);
    EXPECT_NE(next->today, first->today);
}

TEST_F(Limits, haveNoHitsOnADayWithoutSalt) {
    EXPECT_THAT(wait({"a", "1"}, kNoon), isOkAndHolds(kNow));
    const HitId id = HitId::random(random_);
    const auto unsalted = database_->write(soon(), [&](Transaction& transaction) {
        return addHit(transaction, id, rules_.issue, Keys(), Keys(), kNoon);
    });
    EXPECT_THAT(unsalted, failsWith(ErrorCode::kInternal));
}

TEST_F(Limits, neverMakeAnybodyWaitLongerThanAWindowWhenTheClockWentBack) {
    for (const auto* source : {"1", "2", "3"}) ASSERT_THAT(hit({"a", source}, kNoon), isOk());
    EXPECT_THAT(wait({"a", "4"}, kNoon - hours(2)), isOkAndHolds(Optional(Eq(minutes(10)))));
}

TEST_F(Limits, keepAQuarterOfTheBudgetForRecovery) {
    const Rules rules = makeRules({.multiplier = 1, .mails_per_hour = 4});
    const auto wait_for = [&](const Rule& rule) {
        return database_->read(soon(), [&](Transaction& transaction) {
            return retryAfter(transaction, rule, wholeService(), wholeService(), kNoon);
        });
    };
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(wait_for(rules.mail), isOkAndHolds(kNow));
        const HitId id = HitId::random(random_);
        ASSERT_THAT(database_->write(
                        soon(),
                        [&](Transaction& transaction) {
                            return addHit(
                                transaction, id, rules.mail, wholeService(), wholeService(), kNoon);
                        }),
                    isOk());
    }
    EXPECT_THAT(wait_for(rules.mail), isOkAndHolds(Optional(Eq(hours(1)))));
    EXPECT_THAT(wait_for(rules.recovery_mail), isOkAndHolds(kNow));
    EXPECT_THAT(wait_for(rules_.mail), isOkAndHolds(kNow));
}

TEST_F(Limits, forgetTheDaysBeforeYesterdayInBatches) {
    for (int i = 0; i < 3; ++i) ASSERT_THAT(hit({"a", "1"}, kNoon), isOk());
    ASSERT_THAT(hit({"a", "1"}, kNoon + hours(24)), isOk());
    EXPECT_THAT(purgeAt(kNoon + hours(24), 100), isOkAndHolds(0));
    const Time later = kNoon + hours(36);
    EXPECT_THAT(purgeAt(later, 2), isOkAndHolds(2));
    EXPECT_THAT(purgeAt(later, 2), isOkAndHolds(1));
    EXPECT_THAT(purgeAt(later, 2), isOkAndHolds(0));
    EXPECT_THAT(rows("limit_hits"), isOkAndHolds(1));
    EXPECT_THAT(rows("limit_salts"), isOkAndHolds(1));
}

TEST_F(Limits, storeNeitherSourceNorMailbox) {
    ASSERT_THAT(hit({"someone@example.test", "192.0.2.77"}, kNoon), isOk());
    std::string stored;
    for (const auto* name : {"limits.db", "limits.db-wal"}) {
        std::ifstream file(directory_.file(name), std::ios::binary);
        stored.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    EXPECT_THAT(stored, testing::HasSubstr("mailbox"));  // the rule's name: this is the right place
    EXPECT_THAT(stored, Not(testing::HasSubstr("192.0.2.77")));
    EXPECT_THAT(stored, Not(testing::HasSubstr("example.test")));
}

}  // namespace
}  // namespace sallyport::limit
