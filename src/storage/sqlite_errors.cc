#include "storage/sqlite_errors.h"

#include <sqlite3.h>

#include <array>
#include <optional>
#include <string>

namespace sallyport::storage {
namespace {

struct Mapping {
    int code;
    ErrorCode error;
    std::string_view meaning;
};

// Extended codes first where they differ from their family; the family is the low byte.
constexpr std::array kMappings{
    Mapping{SQLITE_CONSTRAINT_CHECK, ErrorCode::kInternal, "a CHECK constraint refused the row"},
    Mapping{SQLITE_CONSTRAINT_NOTNULL, ErrorCode::kInternal, "a column must not be NULL"},
    Mapping{SQLITE_CONSTRAINT_DATATYPE,
            ErrorCode::kInternal,
            "a value has another type than its column"},
    Mapping{
        SQLITE_CONSTRAINT_FOREIGNKEY, ErrorCode::kConflict, "a row that is named does not exist"},
    Mapping{SQLITE_CONSTRAINT,
            ErrorCode::kConflict,
            "the row exists already or its state does not allow this"},
    Mapping{SQLITE_READONLY_DBMOVED,
            ErrorCode::kUnavailable,
            "the database file was moved or deleted while in use"},
    Mapping{SQLITE_BUSY, ErrorCode::kUnavailable, "the database file is locked by another process"},
    Mapping{SQLITE_LOCKED, ErrorCode::kUnavailable, "a table is locked"},
    Mapping{
        SQLITE_PROTOCOL, ErrorCode::kUnavailable, "the database file is locked by another process"},
    Mapping{SQLITE_FULL, ErrorCode::kUnavailable, "the disk is full"},
    Mapping{SQLITE_IOERR, ErrorCode::kUnavailable, "the disk failed to read or write"},
    Mapping{SQLITE_READONLY,
            ErrorCode::kUnavailable,
            "the database file or its directory is read-only"},
    Mapping{
        SQLITE_CORRUPT, ErrorCode::kUnavailable, "the database file is damaged; restore a backup"},
    Mapping{SQLITE_NOTADB,
            ErrorCode::kUnavailable,
            "the file is no SQLite database or is damaged; restore a backup"},
    Mapping{SQLITE_CANTOPEN,
            ErrorCode::kUnavailable,
            "the database file cannot be opened; check path, owner and mode"},
    Mapping{SQLITE_PERM, ErrorCode::kUnavailable, "access to the database file is refused"},
    Mapping{SQLITE_NOMEM, ErrorCode::kUnavailable, "memory is exhausted"},
    Mapping{SQLITE_INTERRUPT, ErrorCode::kUnavailable, "the statement was interrupted"},
    Mapping{
        SQLITE_NOLFS, ErrorCode::kUnavailable, "the file system cannot hold a file of this size"},
    Mapping{SQLITE_AUTH, ErrorCode::kInternal, "this statement is not for a body"},
    Mapping{SQLITE_TOOBIG, ErrorCode::kInternal, "a value is too large"},
    Mapping{SQLITE_MISMATCH, ErrorCode::kInternal, "a value has another type than its column"},
    Mapping{SQLITE_RANGE, ErrorCode::kInternal, "there is no such parameter"},
    Mapping{SQLITE_SCHEMA, ErrorCode::kInternal, "the schema changed"},
    Mapping{SQLITE_ABORT, ErrorCode::kInternal, "the statement was aborted"},
    Mapping{SQLITE_MISUSE, ErrorCode::kInternal, "the library was used wrongly"},
    Mapping{SQLITE_INTERNAL, ErrorCode::kInternal, "the library broke an invariant"},
    Mapping{SQLITE_ERROR, ErrorCode::kInternal, "the statement is wrong"},
};

std::optional<Mapping> find(int code) {
    for (const Mapping& mapping : kMappings) {
        if (mapping.code == code) return mapping;
    }
    return std::nullopt;
}

}  // namespace

Error sqliteError(int code, std::string_view doing, std::string_view message) {
    constexpr int kFamily = 0xff;
    auto mapping = find(code);
    if (!mapping) mapping = find(code & kFamily);
    if (!mapping) mapping = Mapping{code, ErrorCode::kInternal, "an unknown result"};

    std::string detail = "database, ";
    detail += doing;
    detail += ": ";
    detail += mapping->meaning;
    detail += " (SQLite ";
    detail += std::to_string(code);
    if (!message.empty()) {
        detail += ", ";
        detail += message;
    }
    detail += ")";
    return fail(mapping->error, std::move(detail));
}

}  // namespace sallyport::storage
