#include "action/grant.h"

#include "action/grant_row.h"
#include "base/base64url.h"
#include "base/canonical.h"

#include <algorithm>

/// The issuing side; grant_redemption.cc has the other.
namespace sallyport::action {
namespace {

constexpr int kAttempts = 4;
constexpr Duration kKept = std::chrono::hours(24);

Time wholeSeconds(Time time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

std::int64_t seconds(Time time) {
    return micros(time) / 1'000'000;
}

bool isProposer(const Grants::Proposer& who, const Action& action) {
    if (const auto* client = std::get_if<std::string>(&who)) return action.client == *client;
    // What a client proposes on somebody's behalf is the client's.
    return !action.client.has_value() && action.proposer == std::get<AccountId>(who);
}

/// What the approvals together show: no more than the weakest and the oldest of them.
struct Shown {
    std::string acr = "phrh";
    Time at;
    Json::Array evidence;
};

Shown shownBy(const std::vector<Counted>& counted) {
    Shown shown;
    shown.at = counted.front().approval.created;
    for (const Counted& one : counted) {
        if (!acrReaches(one.acr, shown.acr)) shown.acr = one.acr;
        shown.at = std::min(shown.at, one.approval.created);
        shown.evidence.emplace_back(one.approval.evidence.text());
    }
    return shown;
}

/// protocols.md 4: an approval is a touch with user verification.
Json::Array amrOf(std::string_view acr) {
    Json::Array amr{"pop", "user", "mfa"};
    if (acr == "phrh") amr.emplace_back("hwk");
    return amr;
}

}  // namespace

Result<std::optional<Grants::Row>> Grants::find(std::string_view column,
                                                const storage::Value& value,
                                                Deadline deadline) const {
    const std::string sql = "SELECT * FROM grants WHERE " + std::string(column) + " = $1";
    SALLYPORT_TRY(auto found,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return transaction.first(sql, {value});
                  }));
    if (!found.has_value()) return std::optional<Row>();
    SALLYPORT_TRY(auto verified,
                  parts_.sealer.verify({{&grantsTable(), *std::move(found)}}, deadline));
    SALLYPORT_TRY(Row row, Row::from(std::move(verified.front())));
    return std::optional<Row>(std::move(row));
}

Result<Secret> Grants::sign(const Standing& standing,
                            const Row& row,
                            const std::string& resource,
                            Deadline deadline) const {
    const Shown shown = shownBy(standing.counted);
    const Action& action = standing.action.action;
    const Json details = Json::Object{{"type", "sallyport_action"}, {"action", action.json()}};
    mint::SignJwt request;
    request.typ = kGrantType;
    request.claims = {{"aud", resource},
                      {"jti", row.id.text()},
                      {"iat", seconds(row.issued)},
                      {"exp", seconds(row.expires)},
                      {"action_digest", base64url::encode(standing.action.digest)},
                      {"authorization_details", Json::Array{details}},
                      {"acr", shown.acr},
                      {"amr", amrOf(shown.acr)},
                      {"auth_time", seconds(shown.at)},
                      {"evidence", shown.evidence}};
    if (action.client.has_value()) request.claims.emplace("client_id", *action.client);
    SALLYPORT_TRY(auto signed_grant,
                  mint::ask<mint::SignedJwt>(parts_.mint, std::move(request), deadline));
    return std::move(signed_grant.compact);
}

Result<Grants::Granted> Grants::make(const Standing& standing,
                                     const std::string& resource,
                                     Deadline deadline) {
    Row row;
    row.id = GrantId::random(parts_.random);
    row.action = standing.action.id;
    row.audience = standing.type->policy.audience;
    row.issued = wholeSeconds(parts_.clock.now());
    row.expires = row.issued + kGrantLife;
    SALLYPORT_TRY(Secret signed_grant, sign(standing, row, resource, deadline));
    SALLYPORT_TRY(const auto sealed, parts_.sealer.seal(grantsTable(), row.columns(), deadline));
    SALLYPORT_TRY(const auto step,
                  parts_.execution.prepareStep(standing.action,
                                               standing.row,
                                               State::kGranted,
                                               std::nullopt,
                                               standing.counted,
                                               deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            SALLYPORT_CHECK(step.write(transaction));
            return seal::Sealer::insert(transaction, sealed);
        }));
    parts_.changes.notify();
    return Granted{std::move(signed_grant), row.expires - parts_.clock.now()};
}

Result<Grants::Granted> Grants::again(const Standing& standing,
                                      const Row& row,
                                      const std::string& resource,
                                      Deadline deadline) const {
    const Time now = parts_.clock.now();
    if (now >= row.expires) return fail(ErrorCode::kGone, "the grant has expired");
    SALLYPORT_TRY(Secret signed_grant, sign(standing, row, resource, deadline));
    return Granted{std::move(signed_grant), row.expires - now};
}

/// Every approval again, and that there is something to grant. Errors: as of grant().
Result<Standing> Grants::grantable(const ActionId& id, Deadline deadline) const {
    SALLYPORT_TRY(Standing standing, parts_.approvals.judge(id, deadline));
    if (standing.type->mode != Mode::kGrant || standing.type->policy.audience.empty())
        return fail(ErrorCode::kGone, "a type without grants");
    if (!standing.enough()) return fail(ErrorCode::kGone, "the action waits for approvals");
    if (standing.action.state == State::kGranted) return standing;
    if (standing.action.state != State::kApproved)
        return fail(ErrorCode::kGone, "the action is not approved");
    const Time now = parts_.clock.now();
    if (now >= standing.action.expires) return fail(ErrorCode::kGone, "the action has expired");
    if (now < standing.action.not_before)
        return fail(ErrorCode::kGone, "the action waits for its time");
    return standing;
}

Result<std::optional<Grants::Outcome<Grants::Granted>>> Grants::attempt(
    const Proposer& proposer,
    const ActionId& id,
    const ResourceOf& resource_of,
    Deadline deadline) {
    using Answer = std::optional<Outcome<Granted>>;
    SALLYPORT_TRY(const auto read, parts_.approvals.read(id, deadline));
    if (!isProposer(proposer, read.first.action))
        return fail(ErrorCode::kNotFound, "no such action");
    if (read.first.state == State::kRedeemed)
        return Answer(Outcome<Granted>(Refusal::kAlreadyRedeemed));
    const auto standing = grantable(id, deadline);
    if (!standing && standing.error().code == ErrorCode::kConflict) return Answer();
    if (!standing) return standing.error();
    SALLYPORT_TRY(const std::string resource, resource_of(standing->type->policy.audience));
    SALLYPORT_TRY(const auto row, find("action_id", id, deadline));
    if ((standing->action.state == State::kGranted) != row.has_value()) return Answer();
    auto granted = row.has_value() ? again(*standing, *row, resource, deadline)
                                   : make(*standing, resource, deadline);
    if (!granted && granted.error().code == ErrorCode::kConflict) return Answer();
    if (!granted) return granted.error();
    return Answer(Outcome<Granted>(*std::move(granted)));
}

Result<Grants::Outcome<Grants::Granted>> Grants::grant(const Proposer& proposer,
                                                       const ActionId& id,
                                                       const ResourceOf& resource_of,
                                                       Deadline deadline) {
    for (int i = 0; i < kAttempts; ++i) {
        SALLYPORT_TRY(auto outcome, attempt(proposer, id, resource_of, deadline));
        // Otherwise somebody else asked at the same time: his grant is this one, too.
        if (outcome.has_value()) return *std::move(outcome);
    }
    return fail(ErrorCode::kUnavailable, "the action changes all the time");
}

Result<std::int64_t> purgeGrants(storage::Transaction& transaction, Time now, std::int64_t batch) {
    return transaction.execute(
        "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 LIMIT $2)",
        {now - kKept, batch});
}

}  // namespace sallyport::action
