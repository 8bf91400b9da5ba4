#include "storage/sqlite_connection.h"

#include "storage/sqlite_errors.h"

#include <limits>

namespace sallyport::storage {
namespace {

constexpr int kBusyMilliseconds = 2000;
// Ours are constants, so the cache never gets near this; a caller that builds texts cannot fill the
// memory.
constexpr std::size_t kMaxStatements = 512;

// FULL: a link that was spent must not come back after a power cut (performance.md, recommendation
// 6).
constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 0;";

bool onlyBlank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

int bindOne(sqlite3_stmt* statement, int index, const Value& value) {
    if (const auto* number = value.asInteger())
        return sqlite3_bind_int64(statement, index, *number);
    if (const auto* text = value.asText()) {
        return sqlite3_bind_text64(
            statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    if (const auto* bytes = value.asBytes()) {
        // A null pointer would bind NULL where an empty BLOB is meant.
        if (bytes->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
        return sqlite3_bind_blob64(statement, index, bytes->data(), bytes->size(), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, index);
}

Status bindAll(sqlite3_stmt* statement, const std::vector<Value>& parameters) {
    // By name: `$2` may stand before `$1` in the text, and SQLite numbers by first appearance.
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
        return fail(ErrorCode::kInternal,
                    "the statement does not name as many parameters as it was given");
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::string name = "$" + std::to_string(i + 1);
        const int index = sqlite3_bind_parameter_index(statement, name.c_str());
        if (index == 0) return fail(ErrorCode::kInternal, "the statement has no parameter " + name);
        const int code = bindOne(statement, index, parameters[i]);
        if (code != SQLITE_OK) return sqliteError(code, "binding " + name, "");
    }
    return {};
}

Result<Value> readColumn(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_NULL:
            return Value();
        case SQLITE_INTEGER:
            return Value(std::int64_t{sqlite3_column_int64(statement, column)});
        case SQLITE_TEXT: {
            const auto* data = sqlite3_column_text(statement, column);
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
            return Value(asText(ByteView(data, size)));
        }
        case SQLITE_BLOB: {
            const auto* data =
                static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
            return Value(copyBytes(ByteView(data, size)));
        }
        default:
            return fail(ErrorCode::kInternal, "a statement gives a number that is no integer");
    }
}

Result<Row> readRow(sqlite3_stmt* statement) {
    Row row;
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const char* column_name = sqlite3_column_name(statement, column);
        if (column_name == nullptr) return fail(ErrorCode::kUnavailable, "memory is exhausted");
        if (row.find(column_name) != nullptr) {
            return fail(ErrorCode::kInternal,
                        "a statement gives two columns named " + std::string(column_name));
        }
        SALLYPORT_TRY(Value value, readColumn(statement, column));
        row.set(column_name, std::move(value));
    }
    return row;
}

// Leaves a statement free of values and locks, whatever happened.
class StatementUse {
  public:
    explicit StatementUse(sqlite3_stmt* statement) : statement_(statement) {}

    StatementUse(const StatementUse&) = delete;
    StatementUse& operator=(const StatementUse&) = delete;

    ~StatementUse() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

  private:
    sqlite3_stmt* statement_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 Mode mode) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, mode));
    if (code != SQLITE_OK) return connection->lastError(code, "opening " + path);
    SALLYPORT_CHECK(connection->configure());
    return connection;
}

SqliteConnection::~SqliteConnection() {
    statements_.clear();
    sqlite3_close(handle_);
}

Status SqliteConnection::configure() {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    for (const int option : {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL}) {
        // "name" with double quotes is never a string: a mistyped column must not become one.
        sqlite3_db_config(handle_, option, 0, nullptr);
    }
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(handle_, &SqliteConnection::authorize, this);
    SALLYPORT_CHECK(control(kPragmas));
    if (mode_ == Mode::kReader) SALLYPORT_CHECK(control("PRAGMA query_only = ON"));
    return {};
}

int SqliteConnection::authorize(void* self,
                                int action,
                                const char* /*first*/,
                                const char* /*second*/,
                                const char* /*database*/,
                                const char* /*trigger*/) {
    if (static_cast<const SqliteConnection*>(self)->controlling_) return SQLITE_OK;
    const bool control = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT ||
                         action == SQLITE_PRAGMA || action == SQLITE_ATTACH ||
                         action == SQLITE_DETACH;
    return control ? SQLITE_DENY : SQLITE_OK;
}

Status SqliteConnection::control(const char* sql) {
    controlling_ = true;
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    controlling_ = false;
    if (code != SQLITE_OK) return lastError(code, sql);
    return {};
}

Result<sqlite3_stmt*> SqliteConnection::prepared(std::string_view sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second.get();

    if (sql.size() > std::size_t{std::numeric_limits<int>::max()} ||
        sql.find('\0') != std::string_view::npos) {
        return fail(ErrorCode::kInternal, "the text of a statement is too long or holds NUL");
    }
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(
        handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    StatementPointer statement(raw);
    if (code != SQLITE_OK) return lastError(code, "preparing");
    if (raw == nullptr) return fail(ErrorCode::kInternal, "there is no statement in the text");
    if (!onlyBlank(sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
        return fail(ErrorCode::kInternal, "there is more than one statement in the text");
    }
    if (mode_ == Mode::kReader && sqlite3_stmt_readonly(raw) == 0) {
        return fail(ErrorCode::kInternal, "a read does not write");
    }
    if (statements_.size() >= kMaxStatements) statements_.clear();
    statements_.emplace(std::string(sql), std::move(statement));
    return raw;
}

Result<Rows> SqliteConnection::run(sqlite3_stmt* statement, const std::vector<Value>& parameters) {
    const StatementUse use(statement);
    SALLYPORT_CHECK(bindAll(statement, parameters));
    Rows rows;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        SALLYPORT_TRY(Row row, readRow(statement));
        rows.push_back(std::move(row));
    }
    if (code != SQLITE_DONE) return lastError(code, "running a statement");
    return rows;
}

Result<Rows> SqliteConnection::query(std::string_view sql, const std::vector<Value>& parameters) {
    SALLYPORT_TRY(sqlite3_stmt* const statement, prepared(sql));
    return run(statement, parameters);
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql,
                                               const std::vector<Value>& parameters) {
    SALLYPORT_TRY(sqlite3_stmt* const statement, prepared(sql));
    const sqlite3_int64 before = sqlite3_total_changes64(handle_);
    SALLYPORT_CHECK(run(statement, parameters));
    // sqlite3_changes() keeps the number of an earlier statement after one that changes nothing
    // (DDL, SELECT).
    if (sqlite3_total_changes64(handle_) == before) return std::int64_t{0};
    return std::int64_t{sqlite3_changes64(handle_)};
}

void SqliteConnection::onCommit(std::function<void(int)> hook) {
    hook_ = std::move(hook);
    sqlite3_wal_hook(handle_, &SqliteConnection::committed, this);
}

int SqliteConnection::committed(void* self,
                                sqlite3* /*handle*/,
                                const char* /*database*/,
                                int pages) {
    static_cast<const SqliteConnection*>(self)->hook_(pages);
    return SQLITE_OK;
}

Result<SqliteConnection::Checkpoint> SqliteConnection::checkpoint() {
    Checkpoint result;
    const int code = sqlite3_wal_checkpoint_v2(
        handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &result.log_pages, &result.done_pages);
    if (code != SQLITE_OK) return lastError(code, "checkpoint");
    return result;
}

Error SqliteConnection::lastError(int code, std::string_view doing) const {
    return sqliteError(code, doing, handle_ == nullptr ? "" : sqlite3_errmsg(handle_));
}

}  // namespace sallyport::storage
