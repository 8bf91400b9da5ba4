#pragma once

#include "base/random.h"
#include "limit/hits.h"

#include <string>

/// How often one source may ask: read before anything that costs, and once more where it is
/// counted, because requests that run side by side all pass the first look.
namespace sallyport::limit {

/// One request of a source. Drawn before the transaction that counts it, because its body may run
/// twice.
struct Attempt {
    std::string source;  ///< as for sourceKeys; empty: of nobody who has a name yet
    HitId hit;
    FixedBytes<32> fresh_salt;
    Time at;

    static Attempt by(std::string source, Random& random, Time now);
};

/// The first look. A source without a name passes. Errors: kRateLimited with the time to come back;
/// those of the database.
Status refuseCrowd(storage::Database& database,
                   const Rule& rule,
                   std::string_view source,
                   Time now,
                   Deadline deadline);

/// Counts it, if its source has a name. Errors: kRateLimited, and nothing of the transaction may
/// stand then.
Status countAttempt(storage::Transaction& transaction, const Rule& rule, const Attempt& attempt);

}  // namespace sallyport::limit
