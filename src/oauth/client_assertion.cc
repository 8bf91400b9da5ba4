#include "oauth/client_assertion.h"

#include "base/canonical.h"
#include "token/claims.h"

#include <algorithm>
#include <array>

namespace sallyport::oauth {
namespace {

constexpr Duration kLongestLife = std::chrono::seconds(300);
constexpr Duration kSkew = std::chrono::seconds(30);
/// A spent jti is kept so much longer than it could be used, in case the clock is set back.
constexpr Duration kMargin = std::chrono::minutes(5);
constexpr std::size_t kMostJti = 128;
constexpr std::size_t kMostName = 256;

/// RFC 8725 3.11: no other kind of JWT of ours or of the client's passes for an assertion.
constexpr std::array<std::string_view, 3> kTypes{"", "JWT", "client-authentication+jwt"};

Error refused(std::string_view what) {
    return fail(ErrorCode::kUnauthenticated, "client assertion: " + std::string(what));
}

/// By whichever key of the client fits what the header says.
Result<token::VerifiedJws> verifiedBy(const Client& client, const token::Jws& jws) {
    for (const token::PublicKey& key : client.keys) {
        auto verified = token::verify(jws, key);
        if (verified) return verified;
    }
    return refused("no key of the client made it");
}

Status checkTimes(const token::Claims& claims, Time now, Time expires) {
    if (now >= expires + kSkew) return refused("it has expired");
    if (expires > now + kLongestLife) return refused("it lives too long");
    SALLYPORT_TRY(const auto not_before, claims.optionalTime("nbf"));
    if (not_before && *not_before > now) return refused("it is not valid yet");
    // Its type alone: what a client's clock says of the past decides nothing.
    SALLYPORT_TRY([[maybe_unused]] const auto issued, claims.optionalTime("iat"));
    return {};
}

}  // namespace

Result<ClientAssertions::Judged> ClientAssertions::judge(std::string_view assertion,
                                                         Time now) const {
    const auto jws = token::Jws::parse(assertion);
    if (!jws) return refused(jws.error().detail);
    if (std::find(kTypes.begin(), kTypes.end(), jws->typ) == kTypes.end())
        return refused("a typ of something else");
    const Client* client = parts_.clients.find(jws->unverifiedText("iss"));
    if (client == nullptr) return refused("no such client");
    SALLYPORT_TRY(const auto verified, verifiedBy(*client, *jws));
    SALLYPORT_TRY(const auto claims, token::Claims::from(verified));
    for (const char* name : {"iss", "sub"}) {
        SALLYPORT_TRY(const std::string value, claims.text(name, kMostName));
        if (value != client->id) return refused("iss and sub are not the client");
    }
    // One text: with a list, it would be good elsewhere too.
    SALLYPORT_TRY(const std::string audience, claims.text("aud", kMostName));
    if (audience != issuer_) return refused("it is not for us");
    SALLYPORT_TRY(const Time expires, claims.time("exp"));
    SALLYPORT_CHECK(checkTimes(claims, now, expires));
    SALLYPORT_TRY(std::string jti, claims.text("jti", kMostJti));
    return Judged{client, std::move(jti), expires};
}

Status ClientAssertions::spend(const Judged& judged, Deadline deadline) {
    const Digest id =
        sha256(Canonical("sallyport/replay/v1").add(judged.client->id).add(judged.jti).finish());
    const Time until = judged.expires + kSkew + kMargin;
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const std::int64_t inserted,
                      transaction.execute("INSERT INTO replays (id, expires_at) VALUES ($1, $2) "
                                          "ON CONFLICT (id) DO NOTHING",
                                          {id, until}));
        if (inserted != 1) return refused("its jti was seen before");
        return {};
    });
}

Result<const Client*> ClientAssertions::authenticate(std::string_view assertion,
                                                     Deadline deadline) {
    auto judged = judge(assertion, parts_.clock.now());
    const Status spent = judged ? spend(*judged, deadline) : Status(judged.error());
    const bool known = judged.has_value();
    parts_.metrics.count("sallyport_client_assertions_total",
                         {{"result", spent ? std::string_view("ok") : name(spent.error().code)}});
    if (spent) return judged->client;
    parts_.log.info("client.refused",
                    {{"client", known ? std::string_view(judged->client->id) : "unknown"},
                     {"detail", spent.error().detail}});
    return spent.error();
}

Result<std::int64_t> purgeReplays(storage::Transaction& transaction, Time now, std::int64_t batch) {
    return transaction.execute(
        "DELETE FROM replays WHERE id IN (SELECT id FROM replays WHERE expires_at < $1 LIMIT $2)",
        {now, batch});
}

}  // namespace sallyport::oauth
