#include "credential/tickets.h"

#include "credential/tables.h"
#include "mint/token_text.h"

#include <limits>

namespace sallyport::credential {
namespace {

// For questions after the fact, as sessions and links.
constexpr Duration kKeep = std::chrono::hours(24);

Error refused(std::string_view why) {
    return fail(ErrorCode::kForbidden, "ticket refused: " + std::string(why));
}

}  // namespace

/// A row of the tickets table, typed but not yet believed.
struct Tickets::Stored {
    TicketId id;
    mint::Generation generation = 0;
    mint::TicketFields fields;
    mint::Check check{};
    bool ended = false;
};

Result<Tickets::Prepared> Tickets::issue(const AccountId& account,
                                         const std::optional<ActionId>& action,
                                         const std::optional<AccountId>& actor,
                                         Deadline deadline) const {
    const Time now = parts_.clock.now();
    const TicketId id = TicketId::random(parts_.random);
    const mint::TicketFields fields{
        account, action, options_.policyDigest(), now + options_.ticket_life};
    SALLYPORT_TRY(auto minted,
                  mint::ask<mint::MintedToken>(
                      parts_.mint, mint::MintToken{TokenId{id.bytes}, fields}, deadline));
    if (!minted.tag.has_value()) return fail(ErrorCode::kInternal, "a ticket without its tag");
    Json::Object data{{"ticket", id.text()}};
    if (action.has_value()) data.emplace("action", action->text());
    SALLYPORT_TRY(auto event,
                  parts_.events.prepare({"ticket.issued", "ok", actor, account, data, {}}));
    Secret text = mint::formatToken(
        mint::kTicketPrefix,
        mint::TokenText{minted.generation, TokenId{id.bytes}, std::move(*minted.tag)});
    return Prepared{
        id, minted.generation, fields, minted.check, std::move(text), std::move(event), now};
}

Status Tickets::insert(storage::Transaction& transaction, const Prepared& ticket) {
    SALLYPORT_CHECK(
        transaction.execute("UPDATE tickets SET revoked_at = $1 WHERE account_id = $2 AND "
                            "consumed_at IS NULL AND revoked_at IS NULL",
                            {ticket.now, ticket.fields.account}));
    SALLYPORT_CHECK(transaction.execute(
        "INSERT INTO tickets (id, gen, account_id, action_id, policy_digest, expires_at, "
        "check_value, consumed_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)",
        {ticket.id,
         std::int64_t{ticket.generation},
         ticket.fields.account,
         ticket.fields.action,
         ticket.fields.policy_digest,
         ticket.fields.expires,
         ticket.check}));
    return audit::append(transaction, ticket.event);
}

Result<std::optional<Tickets::Stored>> Tickets::read(const TicketId& id, Deadline deadline) const {
    using Found = std::optional<Stored>;
    return parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<Found> {
        SALLYPORT_TRY(const auto row,
                      transaction.first("SELECT * FROM tickets WHERE id = $1", {id}));
        if (!row.has_value()) return Found();
        Stored stored;
        stored.id = id;
        SALLYPORT_TRY(const std::int64_t generation, row->integer("gen"));
        if (generation < 1 ||
            generation > std::int64_t{std::numeric_limits<mint::Generation>::max()})
            return fail(ErrorCode::kIntegrity, "a ticket of no generation");
        stored.generation = static_cast<mint::Generation>(generation);
        SALLYPORT_TRY(stored.fields.account, row->id<AccountId>("account_id"));
        SALLYPORT_TRY(stored.fields.action, row->optionalId<ActionId>("action_id"));
        SALLYPORT_TRY(stored.fields.policy_digest, row->digest("policy_digest"));
        SALLYPORT_TRY(stored.fields.expires, row->time("expires_at"));
        SALLYPORT_TRY(stored.check, row->digest("check_value"));
        SALLYPORT_TRY(const auto consumed, row->optionalTime("consumed_at"));
        SALLYPORT_TRY(const auto revoked, row->optionalTime("revoked_at"));
        stored.ended = consumed.has_value() || revoked.has_value();
        return Found(stored);
    });
}

Error Tickets::reported(const TicketId& id) const {
    parts_.integrity(ticketsTable().name, copyBytes(id.bytes));
    return fail(ErrorCode::kIntegrity, "a ticket row that the mint did not make");
}

Status Tickets::judge(const Stored& stored, const AccountId& account) const {
    if (stored.ended) return refused("spent");
    if (parts_.clock.now() >= stored.fields.expires) return refused("expired");
    if (stored.fields.account != account) return refused("of another account");
    if (stored.fields.policy_digest != options_.policyDigest())
        return refused("issued under other rules");
    return {};
}

Result<Ticket> Tickets::check(std::string_view text,
                              const AccountId& account,
                              Deadline deadline) const {
    auto token = mint::parseToken(mint::kTicketPrefix, text);
    if (!token) return refused("shape");
    const TicketId id{token->id.bytes};
    const auto stored = read(id, deadline);
    if (!stored && stored.error().code == ErrorCode::kIntegrity) return reported(id);
    if (!stored) return stored.error();
    if (!stored->has_value()) return refused("unknown");
    if ((*stored)->generation != token->generation) {
        // Of another generation: an edited row, or a token that nobody made.
        SALLYPORT_CHECK(find(id, account, deadline));
        return refused("generation");
    }
    SALLYPORT_TRY(const auto verdict,
                  mint::ask<mint::Verdict>(parts_.mint,
                                           mint::CheckToken{token->id,
                                                            token->generation,
                                                            (*stored)->fields,
                                                            std::move(token->tag),
                                                            (*stored)->check},
                                           deadline));
    // The row is believed before it is read: an edited one is an incident whatever it says.
    if (verdict == mint::Verdict::kBadRow) return reported(id);
    if (verdict != mint::Verdict::kValid) return refused("wrong");
    SALLYPORT_CHECK(judge(**stored, account));
    return Ticket{id, (*stored)->fields};
}

Result<Ticket> Tickets::find(const TicketId& id,
                             const AccountId& account,
                             Deadline deadline) const {
    const auto stored = read(id, deadline);
    if (!stored && stored.error().code == ErrorCode::kIntegrity) return reported(id);
    if (!stored) return stored.error();
    if (!stored->has_value()) return refused("unknown");
    SALLYPORT_TRY(
        const auto verdict,
        mint::ask<mint::Verdict>(
            parts_.mint,
            mint::VerifyRow{
                TokenId{id.bytes}, (*stored)->generation, (*stored)->fields, (*stored)->check},
            deadline));
    if (verdict != mint::Verdict::kValid) return reported(id);
    SALLYPORT_CHECK(judge(**stored, account));
    return Ticket{id, (*stored)->fields};
}

Status Tickets::consume(storage::Transaction& transaction, const TicketId& id, Time now) {
    SALLYPORT_TRY(
        const auto changed,
        transaction.execute("UPDATE tickets SET consumed_at = $1 WHERE id = $2 AND consumed_at IS "
                            "NULL AND revoked_at IS NULL AND expires_at > $1",
                            {now, id}));
    if (changed == 1) return {};
    return fail(ErrorCode::kConflict, "the ticket was spent or ended in the meantime");
}

Result<std::int64_t> Tickets::purge(std::int64_t batch, Deadline deadline) const {
    const Time before = parts_.clock.now() - kKeep;
    return parts_.database.write(
        deadline, [&](storage::Transaction& transaction) -> Result<std::int64_t> {
            return transaction.execute(
                "DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE expires_at < $1 "
                "LIMIT $2)",
                {before, batch});
        });
}

}  // namespace sallyport::credential
