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

Error Service::reported(Error error, ByteView key) const {
    if (error.code == ErrorCode::kIntegrity) parts_.integrity(linksTable().name, copyBytes(key));
    return error;
}

Result<std::optional<LinkRow>> Service::linkOfBrowser(const Requester& requester,
                                                      Deadline deadline) const {
    if (!requester.login_cookie.has_value()) return std::optional<LinkRow>();
    const auto binding = bindingOf(*requester.login_cookie);
    if (!binding) return std::optional<LinkRow>();
    auto link = parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return findLinkOfBrowser(transaction, *binding);
    });
    // A row that cannot be read is known by the binding that led to it.
    if (!link) return reported(std::move(link).error(), *binding);
    return link;
}

Result<Outcome<Current>> Service::current(const Requester& requester, Deadline deadline) {
    using Answer = Outcome<Current>;
    SALLYPORT_TRY(const auto link, linkOfBrowser(requester, deadline));
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
    const auto link = parts_.database.read(
        deadline, [&](storage::Transaction& transaction) { return findLink(transaction, *id); });
    if (!link && link.error().code == ErrorCode::kIntegrity) {
        parts_.integrity(linksTable().name, copyBytes(id->bytes));
        return {};
    }
    if (!link) return link.error();
    if (!link->has_value()) return {};
    const LinkRow& row = **link;
    SALLYPORT_TRY(const auto verdict,
                  mint::ask<mint::Verdict>(
                      parts_.mint,
                      mint::VerifyRow{TokenId{row.id.bytes}, row.generation, row.fields, row.check},
                      deadline));
    if (verdict != mint::Verdict::kValid) {
        parts_.integrity(linksTable().name, copyBytes(row.id.bytes));
        return {};
    }
    const bool right = sameRequestTag(row.tag, words);
    const auto attempt = attemptBy(requester);
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({"link.disowned",
                                         right ? "ok" : "refused",
                                         std::nullopt,
                                         row.fields.account,
                                         {{"link", row.id.text()}},
                                         {}}));
    return parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(countAttempt(transaction, attempt));
        SALLYPORT_TRY(
            const auto tried,
            transaction.execute(
                "UPDATE links SET disown_attempts = disown_attempts + 1 WHERE id = $1 AND "
                "disown_attempts < $2 AND consumed_at IS NULL AND revoked_at IS NULL",
                {row.id, kDisownAttempts}));
        if (tried == 0) return {};
        if (right) {
            SALLYPORT_TRY([[maybe_unused]] const auto ended,
                          transaction.execute("UPDATE links SET revoked_at = $1 WHERE id = $2",
                                              {attempt.at, row.id}));
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
