#include "tests/support/child_process.h"
#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <sys/resource.h>

#include <array>
#include <set>

namespace sallyport::storage {
namespace {

using test::ChildProcess;
using test::failsWith;
using test::isOk;
using test::TestDatabase;

constexpr std::array<Migration, 1> kMigrations = {
    {{1, "CREATE TABLE acknowledged (n INTEGER PRIMARY KEY) STRICT;\n"}}};

TEST(StorageDurability, aKilledProcessLosesNothingThatItAcknowledged) {
    constexpr int kRounds = 3;
    constexpr std::size_t kEnough = 200;
    TestDatabase database;
    database.options().migrations = kMigrations;
    std::set<std::int64_t> acknowledged;
    for (int round = 0; round < kRounds; ++round) {
        const std::size_t target = acknowledged.size() + kEnough;
        ChildProcess child(
            {STORAGE_CHILD, database.options().path, std::to_string(round * 1'000'000 + 1)});
        while (acknowledged.size() < target) {
            const auto line = child.line();
            ASSERT_TRUE(line);
            acknowledged.insert(std::stoll(*line));
        }
        child.kill(SIGKILL);
        while (const auto line = child.line()) acknowledged.insert(std::stoll(*line));
        const int status = child.wait();
        ASSERT_TRUE(WIFSIGNALED(status));

        const auto rows = database.query("SELECT n FROM acknowledged");
        ASSERT_THAT(rows, isOk());
        std::set<std::int64_t> present;
        for (const Row& row : *rows) present.insert(row.integer("n").value());
        EXPECT_TRUE(std::includes(
            present.begin(), present.end(), acknowledged.begin(), acknowledged.end()));
        database.close();
    }
}

TEST(StorageDurability, aSecondProcessOnTheSameFileIsRefused) {
    TestDatabase database;
    database.options().migrations = kMigrations;
    ChildProcess first({STORAGE_CHILD, database.options().path, "1"});
    ASSERT_NE(first.line(), "refused");

    const auto second =
        SqliteDatabase::open(database.options(), database.log(), database.metrics());
    EXPECT_THAT(second, failsWith(ErrorCode::kConflict));
    EXPECT_THAT(second.error().detail, testing::HasSubstr("another process uses this database"));
    ChildProcess third({STORAGE_CHILD, database.options().path, "1"});
    EXPECT_EQ(third.line(), "refused");

    // The lock ends with its process, however that ends.
    first.kill(SIGKILL);
    first.wait();
    EXPECT_THAT(database->ping(TestDatabase::soon()), isOk());
}

// Stands for a full disk: the kernel refuses to let any file of this process grow beyond a size.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limited = before_;
        limited.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }

  private:
    rlimit before_{};
};

TEST(StorageDurability, aDiskThatTakesNoMoreFailsTheWriteAndHealsByItself) {
    constexpr std::array<Migration, 1> kBlobs = {
        {{1, "CREATE TABLE blobs (bytes BLOB NOT NULL) STRICT;\n"}}};
    TestDatabase database;
    database.options().migrations = kBlobs;
    const Value small = Bytes(100, 1);
    const Value large = Bytes(std::size_t{8} << 20U, 2);
    ASSERT_THAT(database.execute("INSERT INTO blobs (bytes) VALUES ($1)", {small}), isOk());
    {
        const FileSizeLimit limit(rlim_t{2} << 20U);
        EXPECT_THAT(database.execute("INSERT INTO blobs (bytes) VALUES ($1)", {large}),
                    failsWith(ErrorCode::kUnavailable));
        EXPECT_EQ(database.number("SELECT count(*) AS n FROM blobs", "n"), 1);
    }
    EXPECT_THAT(database.execute("INSERT INTO blobs (bytes) VALUES ($1)", {large}), isOk());
    EXPECT_EQ(database.number("SELECT count(*) AS n FROM blobs", "n"), 2);
}

}  // namespace
}  // namespace sallyport::storage
