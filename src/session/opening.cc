#include "session/session.h"
#include "session/session_row.h"

#include <algorithm>

/// How sessions come to be: drafted, minted with what opens them, and written with its proof.
namespace sallyport::session {
namespace {

std::string_view eventType(Draft::How how) {
    switch (how) {
        case Draft::How::kOpened:
            return "session.opened";
        case Draft::How::kUnlocked:
            return "session.unlocked";
        case Draft::How::kRaised:
            return "session.raised";
    }
    return {};
}

mint::SessionFields keyFields(const KeyAssertion& assertion,
                              std::uint64_t epoch,
                              Time now,
                              Time expires) {
    Assurance assurance = assuranceOf(assertion.user_verified, assertion.hardware);
    return {assertion.account,
            epoch,
            mint::SessionKind::kKey,
            std::move(assurance.acr),
            std::move(assurance.amr),
            assertion.at,
            assertion.credential,
            now,
            expires,
            std::nullopt,
            assertion.channel};
}

/// A session says what its assertion proved and nothing else; none is opened without user
/// verification (`protocols.md` 4).
Status isProvenBy(const KeyAssertion& assertion, const mint::SessionFields& fields) {
    const Assurance assurance = assuranceOf(assertion.user_verified, assertion.hardware);
    const bool proven = assertion.user_verified && fields.kind == mint::SessionKind::kKey &&
                        fields.account == assertion.account &&
                        fields.credential == assertion.credential &&
                        fields.channel == assertion.channel && fields.auth_time == assertion.at &&
                        fields.acr == assurance.acr && fields.amr == assurance.amr;
    if (proven) return {};
    return fail(ErrorCode::kInternal, "a session that its assertion does not prove");
}

/// The predecessor is dead from here on. Exactly one session takes its place, until the same end.
Status replacePredecessor(storage::Transaction& transaction, const Draft& draft) {
    SALLYPORT_TRY(const auto changed,
                  transaction.execute(
                      "UPDATE sessions SET revoked_at = $1, replaced_by = $2 WHERE id = $3 AND "
                      "account_id = $4 AND revoked_at IS NULL AND replaced_by IS NULL AND "
                      "expires_at > $1 AND expires_at = $5",
                      {draft.fields.issued,
                       draft.id,
                       *draft.fields.predecessor,
                       draft.fields.account,
                       draft.fields.expires}));
    if (changed == 1) return {};
    return fail(ErrorCode::kConflict, "the session ended meanwhile");
}

Status endHeld(storage::Transaction& transaction, const Draft& draft) {
    if (draft.fields.predecessor.has_value()) return replacePredecessor(transaction, draft);
    if (!draft.ends.has_value()) return {};
    SALLYPORT_TRY([[maybe_unused]] const auto ended,
                  transaction.execute(
                      "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
                      {draft.fields.issued, *draft.ends}));
    return {};
}

/// Row and event in place of what this browser held.
Status write(storage::Transaction& transaction, const Opening& opening) {
    const auto& fields = opening.draft.fields;
    SALLYPORT_CHECK(endHeld(transaction, opening.draft));
    SALLYPORT_CHECK(insertSessionRow(transaction,
                                     SessionRow{opening.draft.id,
                                                opening.generation,
                                                opening.check,
                                                fields,
                                                fields.issued,
                                                false,
                                                opening.draft.browser}));
    return audit::append(transaction, opening.event);
}

/// Ends the oldest sessions of the account that are over the limit.
Status endOverLimit(storage::Transaction& transaction,
                    const mint::SessionFields& fields,
                    const Lifetimes& lifetimes) {
    SALLYPORT_TRY(
        [[maybe_unused]] const auto oldest,
        transaction.execute(
            "UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS "
            "NULL AND id NOT IN (SELECT id FROM sessions WHERE account_id = $1 AND "
            "revoked_at IS NULL AND expires_at > $2 ORDER BY issued_at DESC, id LIMIT $3)",
            {fields.account, fields.issued, lifetimes.parallel}));
    return {};
}

}  // namespace

mint::Request Draft::request() const {
    return mint::MintToken{TokenId{id.bytes}, fields};
}

Draft Service::draftFromLink(AccountId account,
                             std::uint64_t epoch,
                             mint::SessionKind kind,
                             std::string browser,
                             std::optional<SessionId> ends) const {
    const Time now = parts_.clock.now();
    Assurance assurance = assuranceOfLink();
    mint::SessionFields fields{account,
                               epoch,
                               kind,
                               std::move(assurance.acr),
                               std::move(assurance.amr),
                               now,
                               std::nullopt,
                               now,
                               now + lifetimes_.absolute(kind),
                               std::nullopt,
                               Channel::kBrowser};
    return Draft{SessionId::random(parts_.random), std::move(fields), std::move(browser), ends};
}

Draft Service::draftFromKey(const KeyAssertion& assertion,
                            std::uint64_t epoch,
                            std::string browser,
                            const std::optional<Session>& held) const {
    const Time now = parts_.clock.now();
    Draft draft{SessionId::random(parts_.random),
                keyFields(assertion, epoch, now, now + lifetimes_.key_absolute),
                std::move(browser),
                std::nullopt};
    if (!held.has_value()) return draft;
    draft.ends = held->id();
    if (!held->locked() || held->fields().account != assertion.account) return draft;
    draft.fields.expires = held->fields().expires;
    draft.fields.predecessor = held->id();
    draft.how = Draft::How::kUnlocked;
    return draft;
}

Draft Service::draftRaised(const KeyAssertion& assertion,
                           std::string browser,
                           const Session& raised) const {
    const auto& old = raised.fields();
    Draft draft{SessionId::random(parts_.random),
                keyFields(assertion, old.account_epoch, parts_.clock.now(), old.expires),
                std::move(browser),
                raised.id(),
                Draft::How::kRaised};
    draft.fields.predecessor = raised.id();
    return draft;
}

Result<Opening> Service::prepare(Draft draft, mint::Answer answer) const {
    auto* minted = std::get_if<mint::MintedToken>(&answer);
    if (minted == nullptr || !minted->tag.has_value()) {
        return fail(ErrorCode::kInternal, "the mint answered another request");
    }
    const audit::Event event{std::string(eventType(draft.how)),
                             "ok",
                             draft.fields.account,
                             draft.fields.account,
                             {{"kind", mint::name(draft.fields.kind)},
                              {"acr", draft.fields.acr},
                              {"channel", name(draft.fields.channel)}},
                             {}};
    SALLYPORT_TRY(auto prepared, parts_.events.prepare(event));
    Secret cookie = mint::formatToken(
        mint::kSessionPrefix,
        mint::TokenText{minted->generation, TokenId{draft.id.bytes}, std::move(*minted->tag)});
    return Opening{std::move(draft),
                   minted->generation,
                   minted->check,
                   std::move(cookie),
                   std::move(prepared)};
}

Status Service::open(storage::Transaction& transaction,
                     const RedeemedLink& proof,
                     const Opening& opening,
                     const Lifetimes& lifetimes) {
    const auto& fields = opening.draft.fields;
    if (proof.account() != fields.account) {
        return fail(ErrorCode::kInternal, "a link of one account cannot open a session of another");
    }
    SALLYPORT_CHECK(write(transaction, opening));
    return endOverLimit(transaction, fields, lifetimes);
}

Status Service::open(storage::Transaction& transaction,
                     const VerifiedSignIn& proof,
                     const Opening& opening,
                     const Lifetimes& lifetimes) {
    const auto& fields = opening.draft.fields;
    SALLYPORT_CHECK(isProvenBy(proof.assertion(), fields));
    SALLYPORT_CHECK(write(transaction, opening));
    return endOverLimit(transaction, fields, lifetimes);
}

Status Service::raise(storage::Transaction& transaction,
                      const ApprovedAction& proof,
                      const Opening& opening) {
    const auto& fields = opening.draft.fields;
    SALLYPORT_CHECK(isProvenBy(proof.assertion(), fields));
    if (fields.predecessor != proof.session()) {
        return fail(ErrorCode::kInternal, "a step-up raises the session that it was approved for");
    }
    return write(transaction, opening);
}

Session Service::opened(const Opening& opening) const {
    const auto& fields = opening.draft.fields;
    return {opening.draft.id,
            fields,
            std::min(fields.issued + lifetimes_.idle(fields.kind), fields.expires),
            false};
}

}  // namespace sallyport::session
