#include "limit/hits.h"

#include <algorithm>

namespace sallyport::limit {
namespace {

using storage::Value;

/// A name that is not there is NULL, which no row equals.
std::vector<Value> window(const Rule& rule, const Keys& bucket, Duration length, Time now) {
    return {rule.name, bucket.today, bucket.yesterday, now - length};
}

Result<std::int64_t> countOf(storage::Transaction& transaction,
                             std::string_view sql,
                             const std::vector<Value>& parameters) {
    SALLYPORT_TRY(const auto row, transaction.first(sql, parameters));
    if (!row.has_value()) return fail(ErrorCode::kInternal, "a count answered no row");
    return row->integer("hits");
}

/// How long the hit that is `count` hits back stays in the window; none if there are not so many.
/// Until it leaves there is no room.
Result<Duration> waitFor(storage::Transaction& transaction,
                         std::string_view sql,
                         std::vector<Value> parameters,
                         std::int64_t count,
                         Duration length,
                         Time now) {
    if (count < 1) return fail(ErrorCode::kInternal, "a limit allows nothing at all");
    parameters.emplace_back(count - 1);
    SALLYPORT_TRY(const auto row, transaction.first(sql, parameters));
    if (!row.has_value()) return Duration::zero();
    SALLYPORT_TRY(const Time at, row->time("at"));
    // A hit from before the clock was set back lies ahead; nobody waits longer than a window.
    return std::min(at + length - now, length);
}

Result<Duration> waitInWindow(storage::Transaction& transaction,
                              const Rule& rule,
                              const Window& limit,
                              const Keys& bucket,
                              const Keys& source,
                              Time now) {
    std::vector<Value> parameters = window(rule, bucket, limit.length, now);
    SALLYPORT_TRY(const Duration whole,
                  waitFor(transaction,
                          "SELECT at FROM limit_hits WHERE rule = $1 AND bucket IN ($2, $3)"
                          " AND at > $4 ORDER BY at DESC LIMIT 1 OFFSET $5",
                          parameters,
                          limit.count,
                          limit.length,
                          now));
    if (limit.per_source == limit.count) return whole;
    parameters.emplace_back(source.today);
    parameters.emplace_back(source.yesterday);
    SALLYPORT_TRY(const Duration share,
                  waitFor(transaction,
                          "SELECT at FROM limit_hits WHERE rule = $1 AND bucket IN ($2, $3)"
                          " AND at > $4 AND source IN ($5, $6) ORDER BY at DESC LIMIT 1 OFFSET $7",
                          parameters,
                          limit.per_source,
                          limit.length,
                          now));
    return std::max(whole, share);
}

}  // namespace

Result<std::int64_t> countHits(storage::Transaction& transaction,
                               const Rule& rule,
                               const Keys& bucket,
                               Duration length,
                               Time now) {
    return countOf(transaction,
                   "SELECT COUNT(*) AS hits FROM limit_hits"
                   " WHERE rule = $1 AND bucket IN ($2, $3) AND at > $4",
                   window(rule, bucket, length, now));
}

Result<std::int64_t> countHits(storage::Transaction& transaction,
                               const Rule& rule,
                               const Keys& bucket,
                               const Keys& source,
                               Duration length,
                               Time now) {
    std::vector<Value> parameters = window(rule, bucket, length, now);
    parameters.emplace_back(source.today);
    parameters.emplace_back(source.yesterday);
    return countOf(transaction,
                   "SELECT COUNT(*) AS hits FROM limit_hits"
                   " WHERE rule = $1 AND bucket IN ($2, $3) AND at > $4 AND source IN ($5, $6)",
                   parameters);
}

Result<std::optional<Duration>> retryAfter(storage::Transaction& transaction,
                                           const Rule& rule,
                                           const Keys& bucket,
                                           const Keys& source,
                                           Time now) {
    Duration longest = Duration::zero();
    for (const Window& limit : rule.windows) {
        SALLYPORT_TRY(const Duration wait,
                      waitInWindow(transaction, rule, limit, bucket, source, now));
        longest = std::max(longest, wait);
    }
    if (longest == Duration::zero()) return std::optional<Duration>();
    return std::optional<Duration>(longest);
}

Status addHit(storage::Transaction& transaction,
              const HitId& id,
              const Rule& rule,
              const Keys& bucket,
              const Keys& source,
              Time now) {
    if (!bucket.today.has_value() || !source.today.has_value())
        return fail(ErrorCode::kInternal, "a hit is counted without the salt of the day");
    SALLYPORT_CHECK(transaction.execute(
        "INSERT INTO limit_hits (id, rule, bucket, source, at) VALUES ($1, $2, $3, $4, $5)",
        {id, rule.name, bucket.today, source.today, now}));
    return {};
}

Error comeBackIn(Duration wait) {
    Error error = fail(ErrorCode::kRateLimited, "over the limit of requests");
    error.retry_after_seconds =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(wait).count());
    return error;
}

Status countRequest(storage::Transaction& transaction,
                    const Rule& rule,
                    const Keys& source,
                    const HitId& id,
                    Time now) {
    SALLYPORT_TRY(const auto wait, retryAfter(transaction, rule, source, source, now));
    if (wait.has_value()) return comeBackIn(*wait);
    return addHit(transaction, id, rule, source, source, now);
}

Result<std::int64_t> purge(storage::Transaction& transaction, Time now, std::int64_t batch) {
    const Day yesterday = dayOf(now) - 1;
    SALLYPORT_CHECK(transaction.execute("DELETE FROM limit_salts WHERE day < $1", {yesterday}));
    return transaction.execute(
        "DELETE FROM limit_hits WHERE id IN"
        " (SELECT id FROM limit_hits WHERE at < $1 LIMIT $2)",
        {Time(std::chrono::days(yesterday)), batch});
}

}  // namespace sallyport::limit
