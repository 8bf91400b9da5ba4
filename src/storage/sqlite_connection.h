#pragma once

#include "storage/database.h"

#include <sqlite3.h>

namespace sallyport::storage {

struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using StatementPointer = std::unique_ptr<sqlite3_stmt, CloseStatement>;

/// One connection to the file with its cache of prepared statements. Used by one thread at a time.
class SqliteConnection {
  public:
    enum class Mode { kWriter, kReader };

    /// Errors: kUnavailable if the file cannot be opened, is locked, read-only, damaged or no
    /// database.
    static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Mode mode);

    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection();

    /// Rows of one statement of a body. Parameters `$1`, `$2`, … each at least once, no other.
    /// Errors: as Transaction; kInternal for transaction control, PRAGMA and ATTACH, and for a
    /// writing statement in a reader.
    Result<Rows> query(std::string_view sql, const std::vector<Value>& parameters);
    Result<std::int64_t> execute(std::string_view sql, const std::vector<Value>& parameters);

    /// Statements without rows and parameters that bodies may not use: BEGIN, COMMIT, SAVEPOINT,
    /// PRAGMA.
    Status control(const char* sql);

    bool inTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

    /// Calls `hook` after each commit with the number of pages in the write-ahead log. Replaces
    /// SQLite's own checkpoints.
    void onCommit(std::function<void(int)> hook);

    struct Checkpoint {
        int log_pages = 0;
        int done_pages = 0;
    };

    /// Moves what no reader needs from the write-ahead log into the file, without waiting for
    /// anybody.
    Result<Checkpoint> checkpoint();

  private:
    explicit SqliteConnection(sqlite3* handle, Mode mode) : handle_(handle), mode_(mode) {}

    Status configure();
    Result<sqlite3_stmt*> prepared(std::string_view sql);
    Result<Rows> run(sqlite3_stmt* statement, const std::vector<Value>& parameters);
    Error lastError(int code, std::string_view doing) const;
    static int authorize(
        void* self, int action, const char*, const char*, const char*, const char*);
    static int committed(void* self, sqlite3*, const char*, int pages);

    sqlite3* handle_;
    Mode mode_;
    bool controlling_ = false;
    std::function<void(int)> hook_;
    std::map<std::string, StatementPointer, std::less<>> statements_;
};

}  // namespace sallyport::storage
