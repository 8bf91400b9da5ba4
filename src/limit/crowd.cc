#include "limit/crowd.h"

namespace sallyport::limit {

Attempt Attempt::by(std::string source, Random& random, Time now) {
    return {std::move(source), HitId::random(random), random.bytes<32>(), now};
}

Status refuseCrowd(storage::Database& database,
                   const Rule& rule,
                   std::string_view source,
                   Time now,
                   Deadline deadline) {
    if (source.empty()) return {};
    return database.read(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const auto salts, readSalts(transaction, now));
        const auto keys = sourceKeys(salts, source);
        SALLYPORT_TRY(const auto wait, retryAfter(transaction, rule, keys, keys, now));
        if (wait.has_value()) return comeBackIn(*wait);
        return {};
    });
}

Status countAttempt(storage::Transaction& transaction, const Rule& rule, const Attempt& attempt) {
    if (attempt.source.empty()) return {};
    SALLYPORT_TRY(const auto salts, ensureSalts(transaction, attempt.at, attempt.fresh_salt));
    return countRequest(
        transaction, rule, sourceKeys(salts, attempt.source), attempt.hit, attempt.at);
}

}  // namespace sallyport::limit
