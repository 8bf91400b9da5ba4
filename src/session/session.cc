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

/// What row and clock say before the device is asked; empty: go on. An idle key session is locked,
/// any other one is over.
std::string_view refusedUnasked(const SessionRow& session,
                                mint::Generation generation,
                                bool idle,
                                Time now) {
    if (session.generation != generation) return kOtherGeneration;
    if (session.ended) return "ended";
    if (now >= session.fields.expires) return "expired";
    if (idle && session.fields.kind != mint::SessionKind::kKey) return "idle";
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

struct Service::Stored {
    SessionRow session;
    seal::UnverifiedRow authority;
};

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
    const Duration limit = lifetimes_.idle(session.fields.kind);
    const bool idle = now >= session.last_seen + limit;
    if (const auto why = refusedUnasked(session, token->generation, idle, now); !why.empty()) {
        judgeRefused(*token, session, why, deadline);
        return refuse(why);
    }
    const auto right = holds(*token, **stored, deadline);
    if (!right && right.error().code != ErrorCode::kIntegrity) return right.error();
    if (!right || !*right) return refuse("invalid");
    if (!idle && now - session.last_seen >= kTouchEvery) {
        SALLYPORT_CHECK(touch(session.id, now, deadline));
    }
    const Time seen = idle ? session.last_seen : now;
    return Session(
        session.id, session.fields, std::min(seen + limit, session.fields.expires), idle);
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
                const bool idle = now >= session.last_seen + lifetimes_.idle(session.fields.kind);
                if (idle && session.fields.kind != mint::SessionKind::kKey) continue;
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
                "ORDER BY expires_at LIMIT $2)",
                {before, batch});
        });
}

}  // namespace sallyport::session
