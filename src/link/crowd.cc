#include "link/service.h"

/// How often one source may ask and try (limit/crowd.h).
namespace sallyport::link {

Status Service::refuseCrowd(const Requester& requester,
                            const limit::Rule& rule,
                            Deadline deadline) {
    return limit::refuseCrowd(
        parts_.database, rule, countedSource(requester), parts_.clock.now(), deadline);
}

limit::Attempt Service::attemptBy(const Requester& requester) const {
    return limit::Attempt::by(countedSource(requester), parts_.random, parts_.clock.now());
}

Status Service::countAttempt(storage::Transaction& transaction,
                             const limit::Attempt& attempt) const {
    return limit::countAttempt(transaction, parts_.rules.redeem, attempt);
}

Status Service::countAttempt(const Requester& requester, Deadline deadline) {
    const auto attempt = attemptBy(requester);
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) {
        return countAttempt(transaction, attempt);
    });
}

}  // namespace sallyport::link
