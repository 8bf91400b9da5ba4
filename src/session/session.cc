#include "session/session.h"

#include "session/session_row.h"
#include "session/tables.h"

#include <algorithm>

namespace sallyport::session {
namespace {

// A session that is used is written at most this often, so that a poll is not a commit.
constexpr Duration kTouchEvery = std::chrono::seconds(30);

// Rows stay for a day after their end, for the owner's questions and the log's.
constexpr Duration kKeep = std::chrono::hours(24);

constexpr std::string_view kOtherGeneration = "generation";

/// What row and clock say before the device is asked; empty: go on.
std::string_view refusedUnasked(const SessionRow& session,
                                mint::Generation generation,
                                Duration idle,
                                Time now) {
    if (session.generation != generation) return kOtherGeneration;
    if (session.ended) return "ended";
    if (now >= session.fields.expires) return "expired";
    if (now >= session.last_seen + idle) return "idle";
    return {};
}

}  // namespace

Duration Lifetimes::idle(mint::SessionKind kind) const {
    switch (kind) {
        case mint::SessionKind::kPending:
        case mint::SessionKind::kRecovery:
            return pending;
        case mint::SessionKind::kInbox:
            return inbox_idle;
        case mint::SessionKind::kKey:
            return key_idle;
    }
    return Duration::zero();
}

Duration Lifetimes::absolute(mint::SessionKind kind) const {
    switch (kind) {
        case mint::SessionKind::kPending:
        case mint::SessionKind::kRecovery:
            return pending;
        case mint::SessionKind::kInbox:
            return inbox_absolute;
        case mint::SessionKind::kKey:
            return key_absolute;
    }
    return Duration::zero();
}

mint::Request Draft::request() const {
    return mint::MintToken{TokenId{id.bytes}, fields};
}

struct Service::Stored {
    SessionRow session;
    seal::UnverifiedRow authority;
};

Draft Service::draftFromLink(AccountId account,
                             std::uint64_t epoch,
                             mint::SessionKind kind,
                             std::string browser,
                             std::optional<SessionId> ends) const {
    const Time now = parts_.clock.now();
    mint::SessionFields fields{account,
                               epoch,
                               kind,
                               std::string(kAcrMailbox),
                               {std::string(kAmrEmailLink)},
                               now,
                               std::nullopt,
                               now,
                               now + lifetimes_.absolute(kind),
                               std::nullopt,
                               Channel::kBrowser};
    return Draft{SessionId::random(parts_.random), std::move(fields), std::move(browser), ends};
}

Result<Opening> Service::prepare(Draft draft, mint::Answer answer) const {
    auto* minted = std::get_if<mint::MintedToken>(&answer);
    if (minted == nullptr || !minted->tag.has_value()) {
        return fail(ErrorCode::kInternal, "the mint answered another request");
    }
    const audit::Event event{"session.opened",
                             "ok",
                             draft.fields.account,
                             draft.fields.account,
                             {{"kind", mint::name(draft.fields.kind)}, {"acr", draft.fields.acr}},
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
    if (opening.draft.ends.has_value()) {
        SALLYPORT_TRY(
            [[maybe_unused]] const auto ended,
            transaction.execute(
                "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
                {fields.issued, *opening.draft.ends}));
    }
    SALLYPORT_CHECK(insertSessionRow(transaction,
                                     SessionRow{opening.draft.id,
                                                opening.generation,
                                                opening.check,
                                                fields,
                                                fields.issued,
                                                false,
                                                opening.draft.browser}));
    SALLYPORT_TRY(
        [[maybe_unused]] const auto oldest,
        transaction.execute(
            "UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS "
            "NULL AND id NOT IN (SELECT id FROM sessions WHERE account_id = $1 AND "
            "revoked_at IS NULL AND expires_at > $2 ORDER BY issued_at DESC, id LIMIT $3)",
            {fields.account, fields.issued, lifetimes.parallel}));
    return audit::append(transaction, opening.event);
}

Session Service::opened(const Opening& opening) const {
    const auto& fields = opening.draft.fields;
    return Session(opening.draft.id,
                   fields,
                   std::min(fields.issued + lifetimes_.idle(fields.kind), fields.expires));
}

Error Service::refuse(std::string_view why) {
    parts_.metrics.count("sallyport_session_refused_total", {{"reason", why}});
    return fail(ErrorCode::kUnauthenticated, "session refused: " + std::string(why));
}

Result<std::optional<Service::Stored>> Service::read(const mint::TokenText& token,
                                                     Deadline deadline) {
    return parts_.database.read(
        deadline, [&](storage::Transaction& transaction) -> Result<std::optional<Stored>> {
            SALLYPORT_TRY(const auto row,
                          transaction.first("SELECT * FROM sessions WHERE id = $1", {token.id}));
            if (!row.has_value()) return std::optional<Stored>();
            SALLYPORT_TRY(SessionRow session, readSessionRow(*row));
            SALLYPORT_TRY(auto authority,
                          account::readAuthority(transaction, session.fields.account));
            if (!authority.has_value()) {
                return fail(ErrorCode::kIntegrity, "a session's account has no authority record");
            }
            return std::optional<Stored>(Stored{std::move(session), std::move(*authority)});
        });
}

Result<bool> Service::holds(const mint::TokenText& token, const Stored& stored, Deadline deadline) {
    std::vector<mint::Request> requests;
    requests.emplace_back(mint::CheckToken{token.id,
                                           token.generation,
                                           stored.session.fields,
                                           token.tag.duplicate(),
                                           stored.session.check});
    SALLYPORT_TRY(auto seal_request, parts_.sealer.checkRequest(stored.authority));
    requests.push_back(std::move(seal_request));
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));
    SALLYPORT_TRY(const auto verdict, mint::take<mint::Verdict>(answers, 0));
    if (verdict == mint::Verdict::kBadRow) {
        parts_.integrity(sessionsTable().name, copyBytes(token.id.bytes));
        return false;
    }
    if (verdict != mint::Verdict::kValid) return false;
    SALLYPORT_TRY(const auto row, parts_.sealer.accept(stored.authority, answers[1]));
    SALLYPORT_TRY(const account::Authority authority, account::authorityFrom(row));
    return authority.maySignIn() && authority.epoch == stored.session.fields.account_epoch;
}

void Service::judgeRefused(const mint::TokenText& token,
                           const SessionRow& session,
                           std::string_view why,
                           Deadline deadline) {
    const auto verdict = mint::ask<mint::Verdict>(
        parts_.mint,
        mint::CheckToken{
            token.id, session.generation, session.fields, token.tag.duplicate(), session.check},
        deadline);
    if (!verdict) return;
    if (*verdict == mint::Verdict::kBadRow)
        parts_.integrity(sessionsTable().name, copyBytes(token.id.bytes));
    if (*verdict != mint::Verdict::kValid || why == kOtherGeneration || session.refused) return;
    const Status told = tellUseAfterEnd(session, why, deadline);
    if (!told) parts_.log.failure("session_refused_unwritten", told.error());
}

Status Service::tellUseAfterEnd(const SessionRow& session,
                                std::string_view why,
                                Deadline deadline) {
    SALLYPORT_TRY(
        const auto event,
        parts_.events.prepare({"session.refused",
                               "refused",
                               std::nullopt,
                               session.fields.account,
                               {{"kind", mint::name(session.fields.kind)}, {"reason", why}},
                               {}}));
    const Time now = parts_.clock.now();
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const auto changed,
                      transaction.execute("UPDATE sessions SET refused_at = $1 WHERE id = $2 AND "
                                          "refused_at IS NULL",
                                          {now, session.id}));
        if (changed == 0) return {};
        return audit::append(transaction, event);
    });
}

Result<Session> Service::check(const Secret& cookie, Deadline deadline) {
    const auto token = mint::parseToken(mint::kSessionPrefix, cookie.exposeText());
    if (!token) return refuse("shape");
    auto stored = read(*token, deadline);
    if (!stored && stored.error().code == ErrorCode::kIntegrity) {
        parts_.integrity(sessionsTable().name, copyBytes(token->id.bytes));
        return refuse("integrity");
    }
    if (!stored) return std::move(stored).error();
    if (!stored->has_value()) return refuse("unknown");
    const SessionRow& session = (*stored)->session;
    const Time now = parts_.clock.now();
    const Duration idle = lifetimes_.idle(session.fields.kind);
    if (const auto why = refusedUnasked(session, token->generation, idle, now); !why.empty()) {
        judgeRefused(*token, session, why, deadline);
        return refuse(why);
    }
    const auto right = holds(*token, **stored, deadline);
    if (!right && right.error().code != ErrorCode::kIntegrity) return right.error();
    if (!right || !*right) return refuse("invalid");
    if (now - session.last_seen >= kTouchEvery) {
        SALLYPORT_CHECK(touch(session.id, now, deadline));
    }
    const Time idle_expires = std::min(now + idle, session.fields.expires);
    return Session(session.id, session.fields, idle_expires);
}

Status Service::touch(const SessionId& id, Time now, Deadline deadline) {
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY([[maybe_unused]] const auto changed,
                      transaction.execute("UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND "
                                          "revoked_at IS NULL AND last_seen_at < $1",
                                          {now, id}));
        return {};
    });
}

Result<Secret> Service::addressOf(const Session& session, Deadline deadline) const {
    SALLYPORT_TRY(const auto found, parts_.directory.findAny(session.fields().account, deadline));
    if (!found.has_value()) return fail(ErrorCode::kIntegrity, "an address is not its account's");
    return parts_.directory.decryptAddress(*found, deadline);
}

Status Service::end(const Session& by, SessionId id, Deadline deadline) {
    const AccountId account = by.fields().account;
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({"session.ended", "ok", account, account, {}, {}}));
    const Time now = parts_.clock.now();
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const auto changed,
                      transaction.execute("UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND "
                                          "account_id = $3 AND revoked_at IS NULL",
                                          {now, id, account}));
        if (changed == 0) return {};
        return audit::append(transaction, event);
    });
}

Result<std::vector<Listed>> Service::list(const Session& by, Deadline deadline) {
    const Time now = parts_.clock.now();
    return parts_.database.read(
        deadline, [&](storage::Transaction& transaction) -> Result<std::vector<Listed>> {
            SALLYPORT_TRY(
                const auto rows,
                transaction.query("SELECT * FROM sessions WHERE account_id = $1 AND revoked_at IS "
                                  "NULL AND replaced_by IS NULL AND expires_at > $2 ORDER BY "
                                  "issued_at DESC, id LIMIT 20",
                                  {by.fields().account, now}));
            std::vector<Listed> listed;
            for (const auto& row : rows) {
                SALLYPORT_TRY(const SessionRow session, readSessionRow(row));
                if (now >= session.last_seen + lifetimes_.idle(session.fields.kind)) continue;
                listed.push_back(Listed{session.id,
                                        session.fields.kind,
                                        session.fields.auth_time,
                                        session.last_seen,
                                        session.fields.expires,
                                        session.browser});
            }
            return listed;
        });
}

Result<std::int64_t> Service::purge(std::int64_t batch, Deadline deadline) {
    const Time before = parts_.clock.now() - kKeep;
    return parts_.database.write(
        deadline, [&](storage::Transaction& transaction) -> Result<std::int64_t> {
            return transaction.execute(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 "
                "LIMIT $2)",
                {before, batch});
        });
}

}  // namespace sallyport::session
