#include "app/seal_check.h"

#include "seal/sealed_row.h"

namespace sallyport::app {
namespace {

constexpr std::size_t kPage = 64;
constexpr Duration kPatience = std::chrono::seconds(30);

std::string selection(const seal::Table& table, bool first) {
    std::string columns;
    for (const seal::Column& column : table.columns)
        columns += (columns.empty() ? "" : ", ") + std::string(column.name);
    const std::string key(table.key());
    return "SELECT " + columns + " FROM " + std::string(table.name) +
           (first ? "" : " WHERE " + key + " > $1") + " ORDER BY " + key + " LIMIT " +
           std::to_string(kPage);
}

Result<storage::Rows> readPage(storage::Database& database,
                               const seal::Table& table,
                               const std::optional<storage::Value>& after) {
    return database.read(Deadline::after(kPatience),
                         [&](storage::Transaction& transaction) -> Result<storage::Rows> {
                             std::vector<storage::Value> parameters;
                             if (after) parameters.push_back(*after);
                             return transaction.query(selection(table, !after.has_value()),
                                                      parameters);
                         });
}

/// How many of the page are not what this service made.
Result<std::int64_t> countBad(mint::Mint& mint,
                              const seal::Table& table,
                              const storage::Rows& page) {
    const seal::Sealer sealer(mint, [](std::string_view, const Bytes&) {});
    std::int64_t bad = 0;
    std::vector<mint::Request> requests;
    for (const storage::Row& row : page) {
        auto request = sealer.checkRequest({&table, row});
        if (request)
            requests.push_back(std::move(*request));
        else
            ++bad;  // a row that cannot even be checked
    }
    SALLYPORT_TRY(const auto answers,
                  mint.perform(std::move(requests), Deadline::after(kPatience)));
    for (const mint::Answer& answer : answers) {
        const auto* verdict = std::get_if<mint::Verdict>(&answer);
        if (verdict == nullptr || *verdict != mint::Verdict::kValid) ++bad;
    }
    return bad;
}

}  // namespace

Result<SealCount> checkSeals(storage::Database& database,
                             mint::Mint& mint,
                             const seal::Table& table) {
    SealCount count;
    std::optional<storage::Value> after;
    for (;;) {
        SALLYPORT_TRY(const storage::Rows page, readPage(database, table, after));
        if (page.empty()) return count;
        SALLYPORT_TRY(const std::int64_t bad, countBad(mint, table, page));
        count.rows += static_cast<std::int64_t>(page.size());
        count.bad += bad;
        SALLYPORT_TRY(after, page.back().value(table.key()));
    }
}

}  // namespace sallyport::app
