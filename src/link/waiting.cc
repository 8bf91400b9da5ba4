#include "link/request_tag.h"
#include "link/service.h"
#include "link/tables.h"

/// What happens to a link beside issue and redemption: the waiting page's poll, "this was not me",
/// and its end.
namespace sallyport::link {
namespace {

// SP 800-63B-4 lets nobody guess for long; three tries at 16 bits end nobody's sign-in but by
// reading the mail.
constexpr std::int64_t kDisownAttempts = 3;
constexpr Duration kKeep = std::chrono::hours(24);

}  // namespace

Result<Outcome<Current>> Service::current(const Requester& requester, Deadline deadline) {
    using Answer = Outcome<Current>;
    if (!requester.login_cookie.has_value()) return Answer(Refusal::kWrongBrowser);
    const auto binding = bindingOf(*requester.login_cookie);
    if (!binding) return Answer(Refusal::kWrongBrowser);
    SALLYPORT_TRY(const auto link,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return findLinkOfBrowser(transaction, *binding);
                  }));
    if (!link.has_value()) return Answer(Refusal::kWrongBrowser);
    const Time now = parts_.clock.now();
    const Duration left =
        link->fields.expires > now ? link->fields.expires - now : Duration::zero();
    auto state = left > Duration::zero() ? Current::State::kWaiting : Current::State::kExpired;
    if (link->consumed.has_value()) state = Current::State::kRedeemed;
    return Answer(Current{state, link->tag, left});
}

Status Service::disown(std::string_view id_text,
                       std::string_view words,
                       const Requester& requester,
                       Deadline deadline) {
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.redeem, deadline));
    const auto id = LinkId::fromText(id_text);
    if (!id) return {};
    SALLYPORT_TRY(const auto link,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return findLink(transaction, *id);
                  }));
    if (!link.has_value()) return {};
    SALLYPORT_TRY(
        const auto verdict,
        mint::ask<mint::Verdict>(
            parts_.mint,
            mint::VerifyRow{TokenId{link->id.bytes}, link->generation, link->fields, link->check},
            deadline));
    if (verdict != mint::Verdict::kValid) {
        parts_.integrity(linksTable().name, copyBytes(link->id.bytes));
        return {};
    }
    const bool right = sameRequestTag(link->tag, words);
    const Time now = parts_.clock.now();
    const auto hit = limit::HitId::random(parts_.random);
    const auto fresh_salt = parts_.random.bytes<32>();
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({"link.disowned",
                                         right ? "ok" : "refused",
                                         std::nullopt,
                                         link->fields.account,
                                         {{"link", link->id.text()}},
                                         {}}));
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        const std::string source = countedSource(requester);
        SALLYPORT_TRY(const auto salts, limit::ensureSalts(transaction, now, fresh_salt));
        const auto keys = limit::sourceKeys(salts, source);
        SALLYPORT_CHECK(limit::addHit(transaction, hit, parts_.rules.redeem, keys, keys, now));
        SALLYPORT_TRY(
            const auto tried,
            transaction.execute(
                "UPDATE links SET disown_attempts = disown_attempts + 1 WHERE id = $1 AND "
                "disown_attempts < $2 AND consumed_at IS NULL AND revoked_at IS NULL",
                {link->id, kDisownAttempts}));
        if (tried == 0) return {};
        if (right) {
            SALLYPORT_TRY([[maybe_unused]] const auto ended,
                          transaction.execute("UPDATE links SET revoked_at = $1 WHERE id = $2",
                                              {now, link->id}));
        }
        return audit::append(transaction, event);
    });
}

Result<std::int64_t> Service::purge(std::int64_t batch, Deadline deadline) {
    const Time before = parts_.clock.now() - kKeep;
    return parts_.database.write(deadline,
                                 [&](storage::Transaction& transaction) -> Result<std::int64_t> {
                                     return transaction.execute(
                                         "DELETE FROM links WHERE id IN (SELECT id FROM links "
                                         "WHERE expires_at < $1 LIMIT $2)",
                                         {before, batch});
                                 });
}

}  // namespace sallyport::link
