#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "oauth/client.h"
#include "storage/database.h"
#include "token/jws.h"

namespace sallyport::oauth {

/// How a client proves itself: a JWT that it signs for one call (RFC 7523 3, as the FAPI 2.0
/// security profile 5.3.2.1 tightens it). Thread-safe.
class ClientAssertions {
  public:
    struct Parts {
        const Clients& clients;
        storage::Database& database;
        const Clock& clock;
        Metrics& metrics;
        Log& log;
    };

    /// `issuer` is the public origin, the only audience that is taken.
    ClientAssertions(Parts parts, std::string issuer) : parts_(parts), issuer_(std::move(issuer)) {}

    /// The client, found by `iss` and by one of its own keys: `iss` = `sub` = its id, `aud` = the
    /// issuer as one text, `exp` in at most 300 s (30 s of skew once it has passed), `nbf` not in
    /// the future, `jti` of at most 128 bytes never seen of this client, `typ` absent, `JWT` or
    /// `client-authentication+jwt`. When this answers, the `jti` is spent, also if the call then
    /// fails. Errors: kUnauthenticated whatever is wrong with it, kUnavailable.
    Result<const Client*> authenticate(std::string_view assertion, Deadline deadline);

  private:
    struct Judged {
        const Client* client;
        std::string jti;
        Time expires;
    };

    Result<Judged> judge(std::string_view assertion, Time now) const;
    Status spend(const Judged& judged, Deadline deadline);

    Parts parts_;
    std::string issuer_;
};

/// Deletes what can no longer be replayed, at most `batch`. Answers how many.
Result<std::int64_t> purgeReplays(storage::Transaction& transaction, Time now, std::int64_t batch);

}  // namespace sallyport::oauth
