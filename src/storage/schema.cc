#include "storage/schema.h"

namespace sallyport::storage {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view takeLine(std::string_view& rest) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
}

Status apply(Transaction& transaction, const Migration& step) {
    SALLYPORT_TRY(const std::vector<std::string> statements, statementsOf(step.text));
    for (const std::string& statement : statements) {
        SALLYPORT_CHECK(transaction.execute(statement, {}));
    }
    SALLYPORT_CHECK(transaction.execute("INSERT INTO schema_version (version) VALUES ($1)",
                                        {Value(step.version)}));
    return {};
}

}  // namespace

Result<std::int64_t> schemaVersion(Transaction& transaction) {
    SALLYPORT_TRY(
        auto row,
        transaction.first("SELECT coalesce(max(version), 0) AS version FROM schema_version", {}));
    if (!row) return fail(ErrorCode::kInternal, "an aggregate gave no row");
    return row->integer("version");
}

Result<std::vector<std::string>> statementsOf(std::string_view text) {
    std::vector<std::string> statements;
    std::string statement;
    while (!text.empty()) {
        const std::string_view line = trimmed(takeLine(text));
        if (line.empty() || line.substr(0, 2) == "--") continue;
        if (!statement.empty()) statement += '\n';
        statement += line;
        if (line.back() != ';') continue;
        statement.pop_back();
        statements.push_back(std::move(statement));
        statement.clear();
    }
    if (!statement.empty())
        return fail(ErrorCode::kInternal, "a migration ends inside a statement");
    return statements;
}

Status applyMigrations(Transaction& transaction, std::span<const Migration> steps) {
    SALLYPORT_CHECK(transaction.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT", {}));
    SALLYPORT_TRY(const std::int64_t present, schemaVersion(transaction));
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (present > newest) {
        return fail(ErrorCode::kConflict,
                    "the database has schema " + std::to_string(present) +
                        " and this program knows schema " + std::to_string(newest) +
                        "; start the newer sallyportd that made it, or restore a backup of the "
                        "older schema");
    }
    std::int64_t expected = 0;
    for (const Migration& step : steps) {
        if (step.version != ++expected)
            return fail(ErrorCode::kInternal, "migrations do not count 1, 2, 3");
        if (step.version > present) SALLYPORT_CHECK(apply(transaction, step));
    }
    return {};
}

}  // namespace sallyport::storage
