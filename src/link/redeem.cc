#include "link/redemption.h"
#include "link/service.h"
#include "link/tables.h"
#include "mint/token_text.h"
#include "session/known_browser.h"

namespace sallyport::link {
namespace {

constexpr std::int64_t kRelayAttempts = 5;
constexpr int kReplacedSteps = 5;

/// What the clock and the row say before the device is asked; empty: go on. Whether the link is
/// void or was never mailed is not asked here: a relay code typed for an unknown address costs what
/// it costs for a known one.
std::optional<Refusal> refusedByState(const LinkRow& link, Time now) {
    if (link.consumed.has_value()) return Refusal::kUsed;
    if (link.replaced_by.has_value()) return Refusal::kReplaced;
    if (link.revoked.has_value()) return Refusal::kInvalid;
    if (now >= link.fields.expires) return Refusal::kExpired;
    return std::nullopt;
}

/// Whose link is this when its binding is not ours: a newer one of this browser stands behind it,
/// or it is another browser's.
Result<Refusal> foreign(storage::Transaction& transaction, LinkRow link, const Digest& binding) {
    for (int step = 0; step < kReplacedSteps && link.replaced_by.has_value(); ++step) {
        SALLYPORT_TRY(auto next, findLink(transaction, *link.replaced_by));
        if (!next.has_value()) break;
        link = std::move(*next);
        if (constantTimeEquals(link.fields.binding, binding)) return Refusal::kReplaced;
    }
    return Refusal::kWrongBrowser;
}

/// Everything that is judged before the device is asked, of a link that was named by a token.
Result<std::optional<Refusal>> refusedUnasked(storage::Transaction& transaction,
                                              const LinkRow& link,
                                              mint::Generation generation,
                                              const Digest& binding,
                                              Time now) {
    using Answer = std::optional<Refusal>;
    if (link.generation != generation) return Answer(Refusal::kInvalid);
    if (!constantTimeEquals(link.fields.binding, binding)) {
        SALLYPORT_TRY(const Refusal refusal, foreign(transaction, link, binding));
        return Answer(refusal);
    }
    return refusedByState(link, now);
}

/// What an unbelieved authority row says; a number that is none cannot hold either.
std::uint64_t claimedEpoch(const account::MailboxRows& rows) {
    if (!rows.authority.has_value()) return 0;
    const auto epoch = rows.authority->row.integer("epoch");
    return epoch && *epoch > 0 ? static_cast<std::uint64_t>(*epoch) : 0;
}

/// The rows of a link's account; none for a void link, which then costs the same on dummies.
Result<account::MailboxRows> rowsOf(storage::Transaction& transaction, const LinkRow& link) {
    if (!link.fields.account.has_value() || !link.fields.address.has_value())
        return account::MailboxRows();
    return account::Directory::readRows(transaction, *link.fields.account, *link.fields.address);
}

}  // namespace

Result<session::RedeemedLink> Redemption::consume(storage::Transaction& transaction,
                                                  const LinkRow& link,
                                                  Time now) {
    SALLYPORT_TRY(const auto changed,
                  transaction.execute(
                      "UPDATE links SET consumed_at = $1 WHERE id = $2 AND consumed_at IS NULL AND "
                      "revoked_at IS NULL AND expires_at > $1 AND mails > 0",
                      {now, link.id}));
    if (changed != 1 || !link.fields.account.has_value()) {
        return fail(ErrorCode::kGone, "the link was spent or ended in the meantime");
    }
    return session::RedeemedLink(*link.fields.account, link.id);
}

/// What the database says of a link: with a refusal, or with the rows of its account.
struct Service::Seen {
    std::optional<LinkRow> link;
    std::optional<Refusal> refusal;
    account::MailboxRows rows;
};

/// A live link of this browser with the rows of its account, none of them believed yet.
struct Service::Located {
    LinkRow link;
    account::MailboxRows rows;
};

/// The mint found link, address and authority right; nothing is spent yet.
struct Service::Proven {
    LinkRow link;
    account::Found found;
    session::Opening opening;
    std::optional<Secret> known_cookie;
    std::optional<account::Directory::PreparedChange> activation;
};

namespace {

template <class T>
Result<Outcome<T>> refused(Refusal refusal) {
    return Outcome<T>(refusal);
}

}  // namespace

Result<Outcome<Service::Located>> Service::locateByToken(const mint::TokenText& token,
                                                         const Requester& requester,
                                                         Deadline deadline) {
    using Answer = Outcome<Located>;
    if (!requester.login_cookie.has_value()) return Answer(Refusal::kWrongBrowser);
    const auto binding = bindingOf(*requester.login_cookie);
    if (!binding) return Answer(Refusal::kWrongBrowser);
    const Time now = parts_.clock.now();
    auto seen =
        parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<Seen> {
            SALLYPORT_TRY(auto link, findLink(transaction, LinkId{token.id.bytes}));
            if (!link.has_value()) return Seen{std::nullopt, Refusal::kInvalid, {}};
            SALLYPORT_TRY(const auto refusal,
                          refusedUnasked(transaction, *link, token.generation, *binding, now));
            if (refusal.has_value()) return Seen{std::move(link), refusal, {}};
            SALLYPORT_TRY(auto rows, rowsOf(transaction, *link));
            return Seen{std::move(link), std::nullopt, std::move(rows)};
        });
    if (!seen) return reported(std::move(seen).error(), token.id.bytes);
    return weigh(std::move(*seen), requester, deadline);
}

Result<Outcome<Service::Located>> Service::locateByBrowser(const Requester& requester,
                                                           Deadline deadline) {
    SALLYPORT_TRY(auto link, linkOfBrowser(requester, deadline));
    if (!link.has_value()) return Outcome<Located>(Refusal::kWrongBrowser);
    auto refusal = refusedByState(*link, parts_.clock.now());
    if (!refusal.has_value() && link->attempts >= kRelayAttempts) refusal = Refusal::kInvalid;
    if (refusal.has_value()) return weigh(Seen{std::move(link), refusal, {}}, requester, deadline);
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return rowsOf(transaction, *link);
    }));
    return Outcome<Located>(Located{std::move(*link), std::move(rows)});
}

/// A refusal that rests on binding or times may rest on an edit of them: the row is verified and
/// damage reported, and the answer stays what it was. That costs a device operation, so it is
/// counted first.
Result<Outcome<Service::Located>> Service::weigh(Seen seen,
                                                 const Requester& requester,
                                                 Deadline deadline) {
    using Answer = Outcome<Located>;
    if (!seen.refusal.has_value())
        return Answer(Located{std::move(*seen.link), std::move(seen.rows)});
    if (!seen.link.has_value()) return Answer(*seen.refusal);
    SALLYPORT_CHECK(countAttempt(requester, deadline));
    const LinkRow& link = *seen.link;
    const auto verdict = mint::ask<mint::Verdict>(
        parts_.mint,
        mint::VerifyRow{TokenId{link.id.bytes}, link.generation, link.fields, link.check},
        deadline);
    if (verdict && *verdict == mint::Verdict::kBadRow)
        parts_.integrity(linksTable().name, copyBytes(link.id.bytes));
    return Answer(*seen.refusal);
}

Result<Outcome<Inspected>> Service::inspect(std::string_view text,
                                            const Requester& requester,
                                            Deadline deadline) {
    auto token = mint::parseToken(mint::kLinkPrefix, text);
    if (!token) return refused<Inspected>(Refusal::kInvalid);
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.redeem, deadline));
    SALLYPORT_TRY(auto outcome, locateByToken(*token, requester, deadline));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refused<Inspected>(*refusal);
    auto& located = std::get<Located>(outcome);
    const LinkRow& link = located.link;
    SALLYPORT_TRY(auto requests, parts_.directory.checkRequests(located.rows));
    requests.emplace_back(mint::CheckToken{
        token->id, token->generation, link.fields, std::move(token->tag), link.check});
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));
    SALLYPORT_TRY(const auto verdict,
                  mint::take<mint::Verdict>(answers, account::Directory::kChecks));
    if (verdict == mint::Verdict::kBadRow)
        parts_.integrity(linksTable().name, copyBytes(link.id.bytes));
    if (verdict != mint::Verdict::kValid) {
        SALLYPORT_CHECK(countAttempt(requester, deadline));
        return refused<Inspected>(Refusal::kInvalid);
    }
    auto found = parts_.directory.accept(
        std::move(located.rows),
        std::span<const mint::Answer>(answers).first(account::Directory::kChecks));
    if (!found && found.error().code != ErrorCode::kIntegrity) return std::move(found).error();
    if (!found || !found->has_value() || !(*found)->authority.maySignIn()) {
        SALLYPORT_CHECK(countAttempt(requester, deadline));
        return refused<Inspected>(Refusal::kInvalid);
    }
    SALLYPORT_TRY(Secret address, parts_.directory.decryptAddress(**found, deadline));
    return Outcome<Inspected>(Inspected{
        std::move(address), link.fields.expires - parts_.clock.now(), *link.fields.account});
}

Result<Outcome<Redeemed>> Service::redeem(std::string_view text,
                                          const Requester& requester,
                                          const std::optional<SessionId>& held,
                                          Deadline deadline) {
    auto token = mint::parseToken(mint::kLinkPrefix, text);
    if (!token) return refused<Redeemed>(Refusal::kInvalid);
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.redeem, deadline));
    SALLYPORT_TRY(auto outcome, locateByToken(*token, requester, deadline));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refused<Redeemed>(*refusal);
    auto& located = std::get<Located>(outcome);
    mint::CheckToken check{token->id,
                           token->generation,
                           located.link.fields,
                           std::move(token->tag),
                           located.link.check};
    return open(std::move(located), std::move(check), requester, held, deadline);
}

Result<Outcome<Redeemed>> Service::relay(std::string_view typed,
                                         const Requester& requester,
                                         const std::optional<SessionId>& held,
                                         Deadline deadline) {
    if (!options_.relay) return refused<Redeemed>(Refusal::kInvalid);
    auto code = mint::parseRelayCode(typed);
    if (!code) return refused<Redeemed>(Refusal::kInvalid);
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.redeem, deadline));
    SALLYPORT_TRY(auto outcome, locateByBrowser(requester, deadline));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refused<Redeemed>(*refusal);
    auto& located = std::get<Located>(outcome);
    const LinkRow& link = located.link;
    mint::CheckRelay check{
        TokenId{link.id.bytes}, link.generation, link.fields, link.check, std::move(*code)};
    return open(std::move(located), std::move(check), requester, held, deadline);
}

Result<Outcome<Redeemed>> Service::open(Located located,
                                        mint::Request check,
                                        const Requester& requester,
                                        const std::optional<SessionId>& held,
                                        Deadline deadline) {
    const LinkRow& link = located.link;
    const AccountId account = link.fields.account.value_or(AccountId{});
    // Read before it is believed: the session is minted in the batch that checks this very row, and
    // dropped if it does not hold.
    const std::uint64_t epoch = claimedEpoch(located.rows);
    const Time now = parts_.clock.now();
    session::Draft draft =
        parts_.sessions.draftFromLink(account, epoch, options_.opens, link.browser, held);
    const auto known = session::KnownBrowser::draft(account, parts_.random, now);

    SALLYPORT_TRY(auto requests, parts_.directory.checkRequests(located.rows));
    const std::size_t at = requests.size();
    requests.push_back(std::move(check));
    requests.push_back(draft.request());
    requests.push_back(known.request());
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));

    SALLYPORT_TRY(const auto verdict, mint::take<mint::Verdict>(answers, at));
    if (verdict == mint::Verdict::kBadRow)
        parts_.integrity(linksTable().name, copyBytes(link.id.bytes));
    if (verdict != mint::Verdict::kValid) {
        SALLYPORT_CHECK(countFailure(link, verdict, requester, deadline));
        return refused<Redeemed>(Refusal::kInvalid);
    }
    auto found = parts_.directory.accept(
        std::move(located.rows),
        std::span<const mint::Answer>(answers).first(account::Directory::kChecks));
    if (!found && found.error().code != ErrorCode::kIntegrity) return std::move(found).error();
    if (!found || !found->has_value() || !(*found)->authority.maySignIn()) {
        SALLYPORT_CHECK(countAttempt(requester, deadline));
        return refused<Redeemed>(Refusal::kInvalid);
    }
    SALLYPORT_TRY(auto opening,
                  parts_.sessions.prepare(std::move(draft), std::move(answers[at + 1])));
    SALLYPORT_TRY(auto minted, mint::take<mint::MintedToken>(answers, at + 2));
    Proven proven{std::move(located.link), std::move(**found), std::move(opening), {}, {}};
    if (!requester.shared_source) {
        SALLYPORT_TRY(proven.known_cookie, known.cookie(std::move(minted)));
    }
    if (proven.found.authority.status == account::AccountStatus::kUnconfirmed) {
        SALLYPORT_TRY(proven.activation,
                      parts_.directory.prepareActivation(proven.found.authority, deadline));
    }
    return spend(std::move(proven), requester, deadline);
}

Result<Outcome<Redeemed>> Service::spend(Proven proven,
                                         const Requester& requester,
                                         Deadline deadline) {
    SALLYPORT_TRY(Secret address, parts_.directory.decryptAddress(proven.found, deadline));
    const AccountId account = *proven.link.fields.account;
    SALLYPORT_TRY(
        const auto event,
        parts_.events.prepare(
            {"link.redeemed", "ok", account, account, {{"link", proven.link.id.text()}}, {}}));
    const auto attempt = attemptBy(requester);
    const auto written =
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(countAttempt(transaction, attempt));
            SALLYPORT_TRY(const auto proof,
                          Redemption::consume(transaction, proven.link, attempt.at));
            if (proven.activation.has_value()) {
                SALLYPORT_CHECK(account::Directory::write(transaction, *proven.activation));
            }
            SALLYPORT_CHECK(session::Service::open(
                transaction, proof, proven.opening, parts_.sessions.lifetimes()));
            return audit::append(transaction, event);
        });
    // Somebody was faster with the same link: exactly one wins.
    if (!written && written.error().code == ErrorCode::kGone)
        return refused<Redeemed>(Refusal::kUsed);
    if (!written) return written.error();
    parts_.metrics.count("sallyport_links_redeemed_total");
    session::Session session = parts_.sessions.opened(proven.opening);
    return Outcome<Redeemed>(Redeemed{std::move(session),
                                      std::move(proven.opening.cookie),
                                      std::move(proven.known_cookie),
                                      std::move(address)});
}

Status Service::countFailure(const LinkRow& link,
                             mint::Verdict verdict,
                             const Requester& requester,
                             Deadline deadline) {
    const auto attempt = attemptBy(requester);
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({"link.refused",
                                         "refused",
                                         std::nullopt,
                                         link.fields.account,
                                         {{"link", link.id.text()}},
                                         {}}));
    parts_.metrics.count("sallyport_links_refused_total");
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(countAttempt(transaction, attempt));
        if (verdict == mint::Verdict::kBadRow) return {};  // its incident has an event of its own
        SALLYPORT_TRY(
            [[maybe_unused]] const auto changed,
            transaction.execute(
                "UPDATE links SET attempts = attempts + 1 WHERE id = $1 AND attempts < $2",
                {link.id, kRelayAttempts}));
        return audit::append(transaction, event);
    });
}

}  // namespace sallyport::link
