#include "app/housekeeping.h"
#include "mail/outbox.h"
#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <gmock/gmock.h>

namespace sallyport::app {
namespace {

using test::isOk;
using test::isOkAndHolds;
using test::TestDatabase;
using testing::ElementsAre;

class HousekeepingTest : public testing::Test {
  protected:
    Housekeeping::Task task(const std::string& name, std::vector<std::int64_t> answers) {
        return {name, [this, name, answers, next = std::size_t{0}](auto, auto) mutable {
                    calls_.push_back(name);
                    return Result<std::int64_t>(answers.at(next++));
                }};
    }

    void run(std::vector<Housekeeping::Task> tasks) {
        Housekeeping housekeeping(
            database_.get(), clock_, random_, database_.log(), std::move(tasks));
        housekeeping.runOnce();
    }

    TestDatabase database_;
    test::TestClock clock_;
    test::SequenceRandom random_;
    std::vector<std::string> calls_;
};

TEST_F(HousekeepingTest, runsEachTaskUntilItHasNothingLeft) {
    run({task("links", {500, 500, 12}), task("sessions", {0})});
    EXPECT_THAT(calls_, ElementsAre("links", "links", "links", "sessions"));
}

TEST_F(HousekeepingTest, goesOnAfterATaskThatFailed) {
    const Housekeeping::Task failing{"broken", [](auto, auto) -> Result<std::int64_t> {
                                         return fail(ErrorCode::kUnavailable, "database is gone");
                                     }};
    run({failing, task("sessions", {0})});
    EXPECT_THAT(calls_, ElementsAre("sessions"));
    EXPECT_THAT(database_.logged(), testing::HasSubstr("database is gone"));
}

TEST_F(HousekeepingTest, isDoneByOneNodeAtATime) {
    const Lease other("housekeeping", std::chrono::minutes(3), clock_, random_);
    ASSERT_THAT(other.hold(database_.get(), TestDatabase::soon()), isOkAndHolds(true));
    run({task("links", {0})});
    EXPECT_TRUE(calls_.empty());
    ASSERT_THAT(other.release(database_.get(), TestDatabase::soon()), isOk());
    run({task("links", {0})});
    EXPECT_THAT(calls_, ElementsAre("links"));
}

TEST_F(HousekeepingTest, aLeaseEndsByTimeAndItsFenceGrows) {
    const Lease first("housekeeping", std::chrono::minutes(3), clock_, random_);
    const Lease second("housekeeping", std::chrono::minutes(3), clock_, random_);
    const auto soon = [] { return TestDatabase::soon(); };
    EXPECT_THAT(first.hold(database_.get(), soon()), isOkAndHolds(true));
    EXPECT_THAT(first.hold(database_.get(), soon()), isOkAndHolds(true));
    EXPECT_THAT(second.hold(database_.get(), soon()), isOkAndHolds(false));
    EXPECT_EQ(database_.number("SELECT fence FROM leases", "fence"), 1);
    clock_.advance(std::chrono::minutes(3));
    EXPECT_THAT(second.hold(database_.get(), soon()), isOkAndHolds(true));
    EXPECT_THAT(first.hold(database_.get(), soon()), isOkAndHolds(false));
    EXPECT_EQ(database_.number("SELECT fence FROM leases", "fence"), 2);
}

TEST_F(HousekeepingTest, settledMailsGoAfterADay) {
    const auto row = mail::OutboxRow::make({"sign-in",
                                            random_.bytes<16>(),
                                            "en",
                                            "example.test",
                                            clock_.now(),
                                            clock_.now() + std::chrono::minutes(10)},
                                           random_);
    const auto purge = [this] {
        return database_->write(TestDatabase::soon(), [this](storage::Transaction& transaction) {
            return mail::purge(transaction, clock_.now(), 10);
        });
    };
    ASSERT_THAT(database_->write(TestDatabase::soon(),
                                 [&](storage::Transaction& transaction) {
                                     return mail::enqueue(transaction, row, false);
                                 }),
                isOk());
    clock_.advance(std::chrono::hours(48));
    EXPECT_THAT(purge(), isOkAndHolds(0)) << "it still waits";
    ASSERT_THAT(database_.execute("UPDATE outbox SET done_at = $1", {clock_.now()}),
                isOkAndHolds(1));
    clock_.advance(std::chrono::hours(24));
    EXPECT_THAT(purge(), isOkAndHolds(0));
    clock_.advance(std::chrono::seconds(1));
    EXPECT_THAT(purge(), isOkAndHolds(1));
}

}  // namespace
}  // namespace sallyport::app
