#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <array>
#include <future>
#include <latch>
#include <thread>

namespace sallyport::storage {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using test::TestDatabase;

constexpr std::array<Migration, 1> kMigrations = {
    {{1, "CREATE TABLE hits (n INTEGER PRIMARY KEY, bytes BLOB) STRICT;\n"}}};
constexpr std::size_t kQueue = 16;

Status insert(Transaction& transaction, std::int64_t n) {
    SALLYPORT_CHECK(transaction.execute("INSERT INTO hits (n) VALUES ($1)", {Value(n)}));
    return {};
}

class StorageGroupCommit : public testing::Test {
  protected:
    StorageGroupCommit() {
        database_.options().migrations = kMigrations;
        database_.options().queue_limit = kQueue;
    }

    std::int64_t count() { return database_.number("SELECT count(*) AS n FROM hits", "n"); }

    Status put(std::int64_t n, Deadline deadline = TestDatabase::soon()) {
        return database_->write(deadline,
                                [n](Transaction& transaction) { return insert(transaction, n); });
    }

    // Nothing else gets through while one of these is in the writer.
    class Plug {
      public:
        explicit Plug(Database& database, Deadline deadline = TestDatabase::soon())
            : result_(std::async(std::launch::async, [this, &database, deadline] {
                  return database.write(deadline, [this](Transaction& transaction) -> Status {
                      if (!began_) entered_.count_down();
                      began_ = true;
                      pulled_.wait();
                      return insert(transaction, 0);
                  });
              })) {
            entered_.wait();
        }

        Status pull() {
            pulled_.count_down();
            return result_.get();
        }

      private:
        std::latch entered_{1};
        std::latch pulled_{1};
        bool began_ = false;
        std::future<Status> result_;
    };

    static bool foundItFull(const Status& answer) {
        return !answer.has_value() && answer.error().detail.find("too many") != std::string::npos;
    }

    // So many that the queue is full, each `write(i)` for i = 1, 2, …; a probe may take a place for
    // a moment.
    template <class Write>
    std::vector<std::future<Status>> fill(Write write) {
        std::vector<std::future<Status>> waiting;
        for (std::size_t i = 1; i <= kQueue; ++i) {
            waiting.push_back(std::async(std::launch::async, [write, i] {
                Status answer = write(static_cast<std::int64_t>(i));
                while (foundItFull(answer)) answer = write(static_cast<std::int64_t>(i));
                return answer;
            }));
        }
        waitUntilFull();
        return waiting;
    }

    // The queue is full when it says so; a probe that got in leaves at its deadline.
    void waitUntilFull() {
        while (true) {
            const Status probe = put(-1, Deadline::after(std::chrono::milliseconds(2)));
            ASSERT_THAT(probe, failsWith(ErrorCode::kUnavailable));
            if (foundItFull(probe)) return;
        }
    }

    TestDatabase database_;
};

TEST_F(StorageGroupCommit, allThatWaitShareOneCommit) {
    const std::uint64_t before = database_->commits();
    Plug plug(database_.get());
    auto waiting = fill([this](std::int64_t n) { return put(n); });
    EXPECT_THAT(plug.pull(), isOk());
    for (auto& answer : waiting) EXPECT_THAT(answer.get(), isOk());
    EXPECT_EQ(count(), static_cast<std::int64_t>(kQueue) + 1);
    EXPECT_EQ(database_->commits(), before + 1);
}

TEST_F(StorageGroupCommit, aFailingBodyTakesOnlyItsOwnWritesWithIt) {
    const std::uint64_t before = database_->commits();
    Plug plug(database_.get());
    auto waiting = fill([this](std::int64_t i) {
        return database_->write(TestDatabase::soon(), [i](Transaction& transaction) -> Status {
            SALLYPORT_CHECK(insert(transaction, i));
            if (i % 3 == 0) return fail(ErrorCode::kForbidden, "third");
            if (i % 3 == 1) return insert(transaction, i);
            return {};
        });
    });
    EXPECT_THAT(plug.pull(), isOk());
    std::int64_t kept = 1;
    for (std::size_t i = 1; i <= kQueue; ++i) {
        const Status answer = waiting[i - 1].get();
        if (i % 3 == 0) {
            EXPECT_THAT(answer, failsWith(ErrorCode::kForbidden));
        }
        if (i % 3 == 1) {
            EXPECT_THAT(answer, failsWith(ErrorCode::kConflict));
        }
        if (i % 3 == 2) {
            EXPECT_THAT(answer, isOk());
        }
        kept += answer.has_value() ? 1 : 0;
    }
    EXPECT_EQ(count(), kept);
    EXPECT_EQ(database_->commits(), before + 1);
}

TEST_F(StorageGroupCommit, refusesWhenTooManyWaitAndRecovers) {
    Plug plug(database_.get());
    auto waiting = fill([this](std::int64_t n) { return put(n); });
    const Status refused = put(1000);
    EXPECT_THAT(refused, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(plug.pull(), isOk());
    for (auto& answer : waiting) EXPECT_THAT(answer.get(), isOk());
    EXPECT_THAT(put(1001), isOk());
}

TEST_F(StorageGroupCommit, aWaitingCallerLeavesAtItsDeadlineAndItsBodyNeverRuns) {
    Plug plug(database_.get());
    std::atomic<bool> ran = false;
    const Status late = database_->write(Deadline::after(std::chrono::milliseconds(20)),
                                         [&ran](Transaction& transaction) -> Status {
                                             ran = true;
                                             return insert(transaction, 1);
                                         });
    EXPECT_THAT(late, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(plug.pull(), isOk());
    EXPECT_THAT(put(2), isOk());
    EXPECT_FALSE(ran);
    EXPECT_EQ(count(), 2);
}

TEST_F(StorageGroupCommit, aPassedDeadlineIsRefusedAtOnce) {
    database_.get();
    const Deadline passed = Deadline::after(Duration(-1));
    EXPECT_THAT(put(1, passed), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(database_->ping(passed), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(count(), 0);
}

TEST_F(StorageGroupCommit, aBodyThatBeganIsWaitedForBeyondTheDeadline) {
    const Deadline deadline = Deadline::after(std::chrono::milliseconds(200));
    Plug plug(database_.get(), deadline);
    // Any other wait for the same moment shows that it passed.
    EXPECT_THAT(put(1, deadline), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(plug.pull(), isOk());
    EXPECT_EQ(count(), 1);
}

TEST_F(StorageGroupCommit, bodiesRunTwiceWhereAskedAndCountOnce) {
    for (const bool twice : {true, false}) {
        SCOPED_TRACE(twice);
        TestDatabase database;
        database.options().migrations = kMigrations;
        database.options().run_bodies_twice = twice;
        int runs = 0;
        const auto answer =
            database->write(TestDatabase::soon(), [&runs](Transaction& transaction) -> Result<int> {
                ++runs;
                SALLYPORT_CHECK(insert(transaction, 1));
                return 7;
            });
        EXPECT_THAT(answer, isOkAndHolds(7));
        EXPECT_EQ(runs, twice ? 2 : 1);
        EXPECT_EQ(database.number("SELECT count(*) AS n FROM hits", "n"), 1);
    }
}

TEST_F(StorageGroupCommit, aReaderSeesOneMomentWhateverIsWritten) {
    ASSERT_THAT(put(1), isOk());
    const Status status =
        database_->read(TestDatabase::soon(), [this](Transaction& transaction) -> Status {
            SALLYPORT_TRY(const auto before, transaction.query("SELECT n FROM hits", {}));
            EXPECT_THAT(put(2), isOk());
            SALLYPORT_TRY(const auto after, transaction.query("SELECT n FROM hits", {}));
            EXPECT_EQ(before.size(), 1U);
            EXPECT_EQ(after.size(), 1U);
            return {};
        });
    EXPECT_THAT(status, isOk());
    EXPECT_EQ(count(), 2);
}

TEST_F(StorageGroupCommit, aReaderWaitsForAConnectionUntilItsDeadline) {
    database_.options().read_connections = 1;
    const Status status =
        database_->read(TestDatabase::soon(), [this](Transaction& /*transaction*/) -> Status {
            return database_->ping(Deadline::after(std::chrono::milliseconds(20)));
        });
    EXPECT_THAT(status, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(database_->ping(TestDatabase::soon()), isOk());
}

TEST_F(StorageGroupCommit, readersAndWritersRunSideBySide) {
    constexpr int kThreads = 4;
    constexpr int kEach = 50;
    database_.get();
    std::vector<std::future<void>> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.push_back(std::async(std::launch::async, [this, t] {
            for (int i = 0; i < kEach; ++i) {
                EXPECT_THAT(put(1 + t * kEach + i), isOk());
                EXPECT_GT(count(), 0);
            }
        }));
    }
    for (auto& thread : threads) thread.get();
    EXPECT_EQ(count(), kThreads * kEach);
}

TEST_F(StorageGroupCommit, checkpointsKeepTheWriteAheadLogBounded) {
    constexpr int kWrites = 500;
    constexpr std::uintmax_t kMaxBytes = 48U << 20U;
    database_.options().run_bodies_twice = false;
    ASSERT_THAT(put(1), isOk());
    std::uintmax_t largest = 0;
    for (int i = 0; i < kWrites; ++i) {
        const Bytes bytes(std::size_t{128} << 10U, static_cast<std::uint8_t>(i));
        ASSERT_THAT(database_.execute("UPDATE hits SET bytes = $1 WHERE n = 1", {Value(bytes)}),
                    isOk());
        if (i % 50 == 49) {
            largest = std::max(
                largest, std::filesystem::file_size(database_.directory().file("test.db-wal")));
        }
    }
    EXPECT_LT(largest, kMaxBytes);
}

using StorageGroupCommitDeathTest = StorageGroupCommit;

TEST_F(StorageGroupCommitDeathTest, aTransactionKeptBeyondItsBodyIsABug) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto misuse = [this] {
        Transaction* kept = nullptr;
        const Status status =
            database_->write(TestDatabase::soon(), [&kept](Transaction& transaction) -> Status {
                kept = &transaction;
                return {};
            });
        if (status.has_value()) static_cast<void>(kept->query("SELECT 1 AS one", {}));
    };
    EXPECT_DEATH(misuse(), "sqlite_transaction");
}

TEST_F(StorageGroupCommitDeathTest, aWriteInsideAWriteIsABug) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto misuse = [this] {
        static_cast<void>(database_->write(
            TestDatabase::soon(), [this](Transaction& /*transaction*/) { return put(1); }));
    };
    EXPECT_DEATH(misuse(), "sqlite_writer");
}

}  // namespace
}  // namespace sallyport::storage
