#pragma once

#include "base/ids.h"
#include "limit/rules.h"
#include "limit/source.h"

/// Exact sliding windows: one row per counted hit. Everything works inside the caller's
/// transaction; errors are those of the transaction.
namespace sallyport::limit {

using HitId = Id<struct HitTag>;

/// Hits of the bucket in (now - length, now].
Result<std::int64_t> countHits(storage::Transaction& transaction,
                               const Rule& rule,
                               const Keys& bucket,
                               Duration length,
                               Time now);

/// The same, of one source only.
Result<std::int64_t> countHits(storage::Transaction& transaction,
                               const Rule& rule,
                               const Keys& bucket,
                               const Keys& source,
                               Duration length,
                               Time now);

/// Absent: one more hit is within the rule. Otherwise how long until it would be, for an honest
/// `Retry-After`: more than zero, at most the longest window.
Result<std::optional<Duration>> retryAfter(storage::Transaction& transaction,
                                           const Rule& rule,
                                           const Keys& bucket,
                                           const Keys& source,
                                           Time now);

/// Counts one hit under today's names; both Keys come from ensureSalts in a write. `id` is random,
/// drawn outside the body. Errors: kInternal without today's names.
Status addHit(storage::Transaction& transaction,
              const HitId& id,
              const Rule& rule,
              const Keys& bucket,
              const Keys& source,
              Time now);

/// kRateLimited with the seconds to wait, rounded up.
Error comeBackIn(Duration wait);

/// Counts a request of a source under its rule. Errors: kRateLimited with the time to come back.
Status countRequest(storage::Transaction& transaction,
                    const Rule& rule,
                    const Keys& source,
                    const HitId& id,
                    Time now);

/// Housekeeping: deletes salts of the days before yesterday and at most `batch` hits of those days;
/// answers how many hits went. Call again while it answers `batch`.
Result<std::int64_t> purge(storage::Transaction& transaction, Time now, std::int64_t batch);

}  // namespace sallyport::limit
