#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <sqlite3.h>

#include <array>
#include <fstream>

namespace sallyport::storage {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using test::TestDatabase;

constexpr std::array<Migration, 1> kMigrations = {
    {{1, "CREATE TABLE things (name TEXT PRIMARY KEY) STRICT;\n"}}};

class StorageOpen : public testing::Test {
  protected:
    StorageOpen() { database_.options().migrations = kMigrations; }

    Result<std::unique_ptr<Database>> open() {
        return SqliteDatabase::open(database_.options(), database_.log(), database_.metrics());
    }

    std::filesystem::perms modeOf(const std::string& name) const {
        return std::filesystem::status(database_.directory().file(name)).permissions();
    }

    // What SQLite itself says, on a connection that is not ours.
    std::string ask(const char* sql) const {
        sqlite3* handle = nullptr;
        sqlite3_stmt* statement = nullptr;
        std::string answer;
        if (sqlite3_open(database_.directory().file("test.db").c_str(), &handle) == SQLITE_OK &&
            sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW) {
            answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        }
        sqlite3_finalize(statement);
        sqlite3_close(handle);
        return answer;
    }

    TestDatabase database_;
};

TEST_F(StorageOpen, everyFileIsForItsOwnerOnly) {
    constexpr auto kOwner =
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    std::ofstream(database_.directory().file("test.db")).close();
    std::filesystem::permissions(database_.directory().file("test.db"),
                                 std::filesystem::perms::all);
    ASSERT_THAT(database_.execute("INSERT INTO things (name) VALUES ('a')"), isOk());
    for (const char* name : {"test.db", "test.db-wal", "test.db-shm", "test.db.lock"}) {
        EXPECT_EQ(modeOf(name), kOwner) << name;
    }
}

TEST_F(StorageOpen, theFileIsInWriteAheadModeAndWhole) {
    ASSERT_THAT(database_.execute("INSERT INTO things (name) VALUES ('a')"), isOk());
    EXPECT_EQ(ask("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
}

TEST_F(StorageOpen, aSecondOneInTheSameProcessIsRefusedUntilTheFirstIsGone) {
    database_.get();
    EXPECT_THAT(open(), failsWith(ErrorCode::kConflict));
    database_.close();
    EXPECT_THAT(open(), isOk());
}

TEST_F(StorageOpen, aPathThatCannotBeIsRefused) {
    const std::string good = database_.options().path;
    for (const std::string& path :
         {database_.directory().file("no/such/test.db"), std::string("/proc/test.db")}) {
        SCOPED_TRACE(path);
        database_.options().path = path;
        EXPECT_THAT(open(), failsWith(ErrorCode::kUnavailable));
    }
    database_.options().path = database_.directory().file("link.db");
    std::filesystem::create_symlink(good, database_.options().path);
    EXPECT_THAT(open(), failsWith(ErrorCode::kUnavailable));
}

TEST_F(StorageOpen, aFileThatIsNoDatabaseIsRefusedAndLeftAsItIs) {
    const std::string text(8192, 'x');
    std::ofstream(database_.options().path) << text;
    const auto refused = open();
    EXPECT_THAT(refused, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("restore a backup"));
    EXPECT_EQ(std::filesystem::file_size(database_.options().path), text.size());
}

TEST_F(StorageOpen, aDamagedFileFailsItsReadersAndSaysSo) {
    for (int i = 0; i < 200; ++i) {
        ASSERT_THAT(database_.execute("INSERT INTO things (name) VALUES ($1)",
                                      {Value(std::to_string(i) + std::string(200, 'n'))}),
                    isOk());
    }
    database_.close();
    {
        // Past the first pages: the schema can be read, the table cannot.
        std::fstream file(database_.options().path,
                          std::ios::in | std::ios::out | std::ios::binary);
        const auto size =
            static_cast<std::streamoff>(std::filesystem::file_size(database_.options().path));
        for (std::streamoff page = 2 * 4096; page < size; page += 4096) {
            file.seekp(page);
            file << std::string(64, '\xff');
        }
    }
    auto opened = open();
    ASSERT_THAT(opened, isOk());
    const auto rows = (*opened)->read(TestDatabase::soon(), [](Transaction& transaction) {
        return transaction.query("SELECT name FROM things ORDER BY name DESC", {});
    });
    EXPECT_THAT(rows, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(rows.error().detail, testing::HasSubstr("damaged"));
}

TEST_F(StorageOpen, aLockOfSomebodyElseFailsTheWriteAndEndsWithIt) {
    database_.get();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(database_.options().path.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

    const auto begun = Deadline::Clock::now();
    const Status early =
        database_->write(Deadline::after(std::chrono::milliseconds(50)),
                         [](Transaction& /*transaction*/) -> Status { return {}; });
    EXPECT_THAT(early, failsWith(ErrorCode::kUnavailable));
    EXPECT_LT(Deadline::Clock::now() - begun, std::chrono::milliseconds(1500));

    const auto refused = database_.execute("INSERT INTO things (name) VALUES ('a')");
    EXPECT_THAT(refused, failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("locked by another process"));
    EXPECT_THAT(database_->ping(TestDatabase::soon()), isOk());

    ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
    EXPECT_THAT(database_.execute("INSERT INTO things (name) VALUES ('a')"), isOkAndHolds(1));
}

}  // namespace
}  // namespace sallyport::storage
