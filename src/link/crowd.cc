#include "link/service.h"

/// How often one source may ask and try: read before anything that costs, and once more where it is
/// counted, because requests that run side by side all pass the first look.
namespace sallyport::link {

Status Service::refuseCrowd(const Requester& requester,
                            const limit::Rule& rule,
                            Deadline deadline) {
    const std::string source = countedSource(requester);
    if (source.empty())
        return {};  // a new browser behind a shared source: nothing is counted under its name yet
    const Time now = parts_.clock.now();
    return parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const auto salts, limit::readSalts(transaction, now));
        const auto keys = limit::sourceKeys(salts, source);
        SALLYPORT_TRY(const auto wait, limit::retryAfter(transaction, rule, keys, keys, now));
        if (wait.has_value()) return limit::comeBackIn(*wait);
        return {};
    });
}

Service::Attempt Service::attemptBy(const Requester& requester) const {
    return {countedSource(requester),
            limit::HitId::random(parts_.random),
            parts_.random.bytes<32>(),
            parts_.clock.now()};
}

Status Service::countAttempt(storage::Transaction& transaction, const Attempt& attempt) const {
    if (attempt.source.empty()) return {};
    SALLYPORT_TRY(const auto salts,
                  limit::ensureSalts(transaction, attempt.at, attempt.fresh_salt));
    return limit::countRequest(transaction,
                               parts_.rules.redeem,
                               limit::sourceKeys(salts, attempt.source),
                               attempt.hit,
                               attempt.at);
}

Status Service::countAttempt(const Requester& requester, Deadline deadline) {
    const Attempt attempt = attemptBy(requester);
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) {
        return countAttempt(transaction, attempt);
    });
}

}  // namespace sallyport::link
