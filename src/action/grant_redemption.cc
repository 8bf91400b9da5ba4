#include "action/grant_row.h"
#include "action/issuer_keys.h"
#include "base/base64url.h"
#include "base/canonical.h"
#include "token/claims.h"

#include <algorithm>

/// The redeeming side of grants.
namespace sallyport::action {

/// What the grant says, its signature being right.
struct Grants::Claimed {
    GrantId id;
    Digest digest;
    Time expires;
};

namespace {

constexpr int kAttempts = 4;
constexpr std::size_t kMostText = 256;

Error refused(std::string_view why) {
    return fail(ErrorCode::kForbidden, "grant: " + std::string(why));
}

/// The key of ours that a token names.
Result<token::PublicKey> keyOf(mint::Mint& mint, const std::string& kid, Deadline deadline) {
    SALLYPORT_TRY(const auto keys, issuerKeys(mint, deadline));
    for (const token::PublicKey& key : keys)
        if (key.kid() == kid) return key;
    return refused("no key of ours made it");
}

Digest idempotencyHash(const std::string& client, const GrantId& grant, std::string_view key) {
    return sha256(
        Canonical("sallyport/idempotency/v1").add(client).add(grant.bytes).add(key).finish());
}

/// The digest of the live action: what it does not say of proposer and policy is as approved, all
/// else is what it says. Empty if that can be no action of this type. `policy` is null if the type
/// is gone.
Result<std::optional<Digest>> liveDigest(const Json& live,
                                         const Action& approved,
                                         const TypePolicy* policy) {
    if (live.find("type") == nullptr || live.find("parameters") == nullptr)
        return fail(ErrorCode::kInvalidRequest, "a live action has type and parameters");
    const Json document = approved.json();
    Json::Object whole = *document.asObject();
    whole["resource"] = Json();
    whole["subject"] = Json();
    for (const auto& [name, value] : *live.asObject()) {
        if (whole.find(name) == whole.end())
            return fail(ErrorCode::kInvalidRequest, "a live action with a member of its own");
        whole[name] = value;
    }
    if (policy != nullptr) {
        auto parameters = checkParameters(*policy, whole["parameters"]);
        if (!parameters) return std::optional<Digest>();
        whole["parameters"] = *std::move(parameters);
    }
    const auto action = Action::fromJson(whole);
    if (!action) return std::optional<Digest>();
    SALLYPORT_TRY(const Digest digest, action->digest());
    return std::optional<Digest>(digest);
}

}  // namespace

/// As a relying party would verify it offline, and by its audience client alone.
Result<Grants::Claimed> Grants::verified(const Presented& presented, Deadline deadline) const {
    const auto jws = token::Jws::parse(presented.grant);
    if (!jws) return refused(jws.error().detail);
    if (jws->typ != kGrantType) return refused("a token of another kind");
    SALLYPORT_TRY(const auto key, keyOf(parts_.mint, jws->kid, deadline));
    const auto signed_grant = token::verify(*jws, key);
    if (!signed_grant) return refused(signed_grant.error().detail);
    const auto claims = token::Claims::from(*signed_grant);
    if (!claims) return refused(claims.error().detail);
    const auto issuer = claims->text("iss", kMostText);
    const auto audience = claims->text("aud", kMostText);
    const auto jti = claims->text("jti", kMostText);
    const auto digest_text = claims->text("action_digest", kMostText);
    const auto expires = claims->time("exp");
    if (!issuer || *issuer != issuer_) return refused("another issuer");
    if (!audience || *audience != presented.resource) return refused("another audience");
    if (!jti || !digest_text || !expires) return refused("without its claims");
    const auto id = GrantId::fromText(*jti);
    const auto digest = base64url::decode(*digest_text, Digest().size());
    if (!id || !digest || digest->size() != Digest().size()) return refused("without its claims");
    Claimed claimed{*id, {}, *expires};
    std::copy(digest->begin(), digest->end(), claimed.digest.begin());
    return claimed;
}

Result<Grants::Redeemed> Grants::burn(const Standing& standing,
                                      const Row& row,
                                      const Digest& idempotency,
                                      Deadline deadline) {
    Row next = row;
    next.redeemed = parts_.clock.now();
    next.idempotency = idempotency;
    SALLYPORT_TRY(const auto sealed, parts_.sealer.sealNext(*row.stored, next.columns(), deadline));
    SALLYPORT_TRY(const auto step,
                  parts_.execution.prepareStep(standing.action,
                                               standing.row,
                                               State::kRedeemed,
                                               std::nullopt,
                                               standing.counted,
                                               deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            SALLYPORT_CHECK(seal::Sealer::replace(transaction, *row.stored, sealed));
            return step.write(transaction);
        }));
    parts_.changes.notify();
    return Redeemed{standing.action.id, standing.action.digest, *next.redeemed};
}

/// Whether the live action is the approved one. Errors: kForbidden, kInvalidRequest.
Result<bool> Grants::isLive(const Presented& presented,
                            const Row& row,
                            const Claimed& claimed,
                            Deadline deadline) const {
    const auto read = parts_.approvals.read(row.action, deadline);
    if (!read && read.error().code == ErrorCode::kUnavailable) return read.error();
    if (!read) return refused(read.error().detail);
    if (read->first.digest != claimed.digest) return refused("for another action");
    const Type* type = parts_.approvals.parts().types.find(read->first.action.type);
    SALLYPORT_TRY(
        const auto live,
        liveDigest(presented.live, read->first.action, type == nullptr ? nullptr : &type->policy));
    return live == claimed.digest;
}

/// The approvals of the action, each verified again. Errors: kConflict and kUnavailable, to try
/// again; kForbidden.
Result<Standing> Grants::redeemable(const Row& row, Deadline deadline) const {
    auto judged = parts_.approvals.judge(row.action, deadline);
    if (!judged) {
        const ErrorCode code = judged.error().code;
        if (code == ErrorCode::kConflict || code == ErrorCode::kUnavailable) return judged;
        return refused(judged.error().detail);
    }
    if (judged->action.state == State::kRedeemed)
        return fail(ErrorCode::kConflict, "somebody was faster");
    if (judged->action.state != State::kGranted || !judged->enough())
        return refused("its approvals no longer count");
    return judged;
}

Result<Grants::Outcome<Grants::Redeemed>> Grants::redeemOnce(const Presented& presented,
                                                             const Claimed& claimed,
                                                             Deadline deadline) {
    SALLYPORT_TRY(const auto row, find("id", claimed.id, deadline));
    if (!row.has_value() || row->audience != presented.client || row->expires != claimed.expires)
        return refused("not one that is known");
    SALLYPORT_TRY(const bool live, isLive(presented, *row, claimed, deadline));
    if (!live) return Outcome<Redeemed>(Refusal::kActionMismatch);
    const Digest idempotency =
        idempotencyHash(presented.client, row->id, presented.idempotency_key);
    if (row->redeemed.has_value()) {
        if (row->idempotency != idempotency) return Outcome<Redeemed>(Refusal::kAlreadyRedeemed);
        return Outcome<Redeemed>(Redeemed{row->action, claimed.digest, *row->redeemed});
    }
    if (parts_.clock.now() >= row->expires) return refused("it has expired");
    SALLYPORT_TRY(const Standing standing, redeemable(*row, deadline));
    SALLYPORT_TRY(const Redeemed redeemed, burn(standing, *row, idempotency, deadline));
    return Outcome<Redeemed>(redeemed);
}

Result<Grants::Outcome<Grants::Redeemed>> Grants::redeem(const Presented& presented,
                                                         Deadline deadline) {
    SALLYPORT_TRY(const Claimed claimed, verified(presented, deadline));
    for (int i = 1; i < kAttempts; ++i) {
        auto outcome = redeemOnce(presented, claimed, deadline);
        // Somebody else was faster: now the row says who.
        if (outcome || outcome.error().code != ErrorCode::kConflict) return outcome;
    }
    return redeemOnce(presented, claimed, deadline);
}

}  // namespace sallyport::action
