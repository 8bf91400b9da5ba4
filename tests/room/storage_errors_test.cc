#include "storage/sqlite_errors.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <set>

namespace sallyport::storage {
namespace {

TEST(SqliteErrors, mapEveryCodeToWhatTheCallerShouldDo) {
    struct Case {
        int code;
        ErrorCode expected;
        const char* says;
    };

    const Case cases[] = {
        {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::kConflict, "exists already"},
        {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::kConflict, "exists already"},
        {SQLITE_CONSTRAINT_ROWID, ErrorCode::kConflict, "exists already"},
        {SQLITE_CONSTRAINT_TRIGGER, ErrorCode::kConflict, "state"},
        {SQLITE_CONSTRAINT_FOREIGNKEY, ErrorCode::kConflict, "does not exist"},
        {SQLITE_CONSTRAINT_CHECK, ErrorCode::kInternal, "CHECK"},
        {SQLITE_CONSTRAINT_NOTNULL, ErrorCode::kInternal, "NULL"},
        {SQLITE_CONSTRAINT_DATATYPE, ErrorCode::kInternal, "type"},
        {SQLITE_BUSY, ErrorCode::kUnavailable, "locked by another process"},
        {SQLITE_BUSY_SNAPSHOT, ErrorCode::kUnavailable, "locked by another process"},
        {SQLITE_BUSY_RECOVERY, ErrorCode::kUnavailable, "locked by another process"},
        {SQLITE_LOCKED, ErrorCode::kUnavailable, "locked"},
        {SQLITE_PROTOCOL, ErrorCode::kUnavailable, "locked"},
        {SQLITE_FULL, ErrorCode::kUnavailable, "disk is full"},
        {SQLITE_IOERR_WRITE, ErrorCode::kUnavailable, "disk failed"},
        {SQLITE_IOERR_FSYNC, ErrorCode::kUnavailable, "disk failed"},
        {SQLITE_READONLY, ErrorCode::kUnavailable, "read-only"},
        {SQLITE_READONLY_DIRECTORY, ErrorCode::kUnavailable, "read-only"},
        {SQLITE_READONLY_DBMOVED, ErrorCode::kUnavailable, "moved or deleted"},
        {SQLITE_CORRUPT, ErrorCode::kUnavailable, "damaged"},
        {SQLITE_CORRUPT_INDEX, ErrorCode::kUnavailable, "damaged"},
        {SQLITE_NOTADB, ErrorCode::kUnavailable, "no SQLite database"},
        {SQLITE_CANTOPEN, ErrorCode::kUnavailable, "cannot be opened"},
        {SQLITE_CANTOPEN_ISDIR, ErrorCode::kUnavailable, "cannot be opened"},
        {SQLITE_PERM, ErrorCode::kUnavailable, "refused"},
        {SQLITE_NOMEM, ErrorCode::kUnavailable, "memory"},
        {SQLITE_INTERRUPT, ErrorCode::kUnavailable, "interrupted"},
        {SQLITE_NOLFS, ErrorCode::kUnavailable, "size"},
        {SQLITE_AUTH, ErrorCode::kInternal, "not for a body"},
        {SQLITE_TOOBIG, ErrorCode::kInternal, "too large"},
        {SQLITE_MISMATCH, ErrorCode::kInternal, "type"},
        {SQLITE_RANGE, ErrorCode::kInternal, "parameter"},
        {SQLITE_SCHEMA, ErrorCode::kInternal, "schema"},
        {SQLITE_ABORT, ErrorCode::kInternal, "aborted"},
        {SQLITE_MISUSE, ErrorCode::kInternal, "wrongly"},
        {SQLITE_INTERNAL, ErrorCode::kInternal, "invariant"},
        {SQLITE_ERROR, ErrorCode::kInternal, "wrong"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.code);
        const Error error = sqliteError(each.code, "testing", "message");
        EXPECT_EQ(error.code, each.expected);
        EXPECT_THAT(error.detail, testing::HasSubstr(each.says));
        EXPECT_THAT(error.detail, testing::HasSubstr("testing"));
        EXPECT_THAT(error.detail, testing::HasSubstr(std::to_string(each.code)));
    }
}

TEST(SqliteErrors, anUnknownCodeIsInternalAndSaysItsNumber) {
    for (const int code : {250, 0x7fff, -3}) {
        const Error error = sqliteError(code, "testing", "");
        EXPECT_EQ(error.code, ErrorCode::kInternal);
        EXPECT_THAT(error.detail, testing::HasSubstr(std::to_string(code)));
    }
}

}  // namespace
}  // namespace sallyport::storage
