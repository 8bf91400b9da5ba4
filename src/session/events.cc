#include "session/session.h"
#include "session/session_row.h"
#include "session/tables.h"

/// The chain of a session's predecessors: what it rests on.
namespace sallyport::session {
namespace {

AuthenticationEvent eventOf(const mint::SessionFields& fields) {
    return {fields.acr, fields.amr, fields.auth_time, fields.credential, fields.channel};
}

/// The rows behind a session, the newest first, none of them believed yet.
struct Chain {
    std::vector<SessionRow> rows;
    std::optional<SessionId> unreadable;  ///< where it ends at a row that was not written by us
};

/// A row that is not there any more ends the chain.
Result<Chain> readChain(storage::Transaction& transaction,
                        std::optional<SessionId> next,
                        std::size_t most) {
    Chain chain;
    while (next.has_value() && chain.rows.size() < most) {
        SALLYPORT_TRY(const auto row,
                      transaction.first("SELECT * FROM sessions WHERE id = $1", {*next}));
        if (!row.has_value()) break;
        auto session = readSessionRow(*row);
        if (!session && session.error().code != ErrorCode::kIntegrity)
            return std::move(session).error();
        if (!session) {
            chain.unreadable = next;
            break;
        }
        next = session->fields.predecessor;
        chain.rows.push_back(std::move(*session));
    }
    return chain;
}

}  // namespace

Result<std::vector<AuthenticationEvent>> Service::events(const Session& session,
                                                         Deadline deadline) {
    std::vector<AuthenticationEvent> events{eventOf(session.fields())};
    SALLYPORT_TRY(const auto chain,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return readChain(transaction, session.fields().predecessor, kMostEvents - 1);
                  }));
    if (chain.unreadable.has_value())
        parts_.integrity(sessionsTable().name, copyBytes(chain.unreadable->bytes));
    if (chain.rows.empty()) return events;
    std::vector<mint::Request> requests;
    for (const SessionRow& row : chain.rows) {
        requests.emplace_back(
            mint::VerifyRow{TokenId{row.id.bytes}, row.generation, row.fields, row.check});
    }
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));
    for (std::size_t i = 0; i < chain.rows.size(); ++i) {
        SALLYPORT_TRY(const auto verdict, mint::take<mint::Verdict>(answers, i));
        if (verdict != mint::Verdict::kValid) {
            // What is behind it was named by a row that nobody made.
            parts_.integrity(sessionsTable().name, copyBytes(chain.rows[i].id.bytes));
            break;
        }
        events.push_back(eventOf(chain.rows[i].fields));
    }
    return events;
}

}  // namespace sallyport::session
