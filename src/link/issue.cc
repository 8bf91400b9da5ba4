#include "link/request_tag.h"
#include "link/service.h"
#include "link/tables.h"
#include "mail/outbox.h"
#include "mint/token_text.h"

namespace sallyport::link {
namespace {

/// 60, 120, then 240 s between the mails of one link (`defaults.md`).
Duration pauseAfter(std::int64_t asks) {
    if (asks <= 1) return std::chrono::seconds(60);
    if (asks == 2) return std::chrono::seconds(120);
    return std::chrono::seconds(240);
}

/// Limits of a known browser count it by the id in its cookie, which no stranger has.
std::optional<mint::KnownBrowserText> presentedKnown(const Requester& requester, Time now) {
    if (!requester.known_cookie.has_value() || requester.shared_source) return std::nullopt;
    auto known = mint::parseKnownBrowser(requester.known_cookie->exposeText());
    if (!known || known->expires <= now) return std::nullopt;
    return std::move(*known);
}

}  // namespace

/// Whom a link is for, as far as limits and the mint need to know.
struct Service::Target {
    std::optional<AccountId> account;  ///< absent: void
    std::optional<AddressId> address;
    std::optional<RequestId> request;
    limit::Keys mailbox;
    std::optional<TokenId> known_browser;
    std::optional<LinkRow> replaces;
};

/// Everything random or timed of one request, fixed before the transaction because its body may run
/// twice.
struct Service::Ask {
    LinkRow link;
    mail::OutboxRow outbox;
    HitIds hits;
    FixedBytes<32> fresh_salt{};
    Time now;
};

Status Service::createAccount(const account::MailAddress& address, Deadline deadline) {
    const auto created = parts_.directory.create({account::Kind::kPerson,
                                                  address.duplicate(),
                                                  account::AccountStatus::kUnconfirmed,
                                                  {},
                                                  std::nullopt},
                                                 deadline);
    // Somebody else made it a moment ago: then it is there.
    if (!created && created.error().code != ErrorCode::kConflict) return created.error();
    return {};
}

Result<Service::Target> Service::targetOf(const account::MailAddress& address,
                                          const Requester& requester,
                                          Deadline deadline) {
    const Time now = parts_.clock.now();
    const limit::Day day = limit::dayOf(now);
    std::vector<mint::Request> lookups;
    lookups.push_back(account::Directory::lookupRequest(address));
    lookups.emplace_back(
        mint::Lookup{mint::LookupUse::kLimit, limit::mailboxLookupBytes(address.text(), day), {}});
    lookups.emplace_back(mint::Lookup{
        mint::LookupUse::kLimit, limit::mailboxLookupBytes(address.text(), day - 1), {}});
    SALLYPORT_TRY(auto names, parts_.mint.perform(std::move(lookups), deadline));
    SALLYPORT_TRY(const auto index, mint::take<mint::LookupAnswer>(names, 0));
    SALLYPORT_TRY(const auto today, mint::take<mint::LookupAnswer>(names, 1));
    SALLYPORT_TRY(const auto yesterday, mint::take<mint::LookupAnswer>(names, 2));
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return account::Directory::readRows(transaction, index);
    }));

    SALLYPORT_TRY(auto checks, parts_.directory.checkRequests(rows));
    auto known = presentedKnown(requester, now);
    if (known.has_value()) {
        AccountId claimed =
            AccountId::random(parts_.random);  // an unknown address has no known browsers
        if (rows.authority.has_value()) {
            const auto stored = rows.authority->row.id<AccountId>("account_id");
            if (stored) claimed = *stored;
        }
        checks.emplace_back(
            mint::CheckToken{known->token.id,
                             known->token.generation,
                             mint::KnownBrowserFields{claimed, known->issued, known->expires},
                             known->token.tag.duplicate(),
                             std::nullopt});
    }
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(checks), deadline));
    Target target;
    target.mailbox = limit::mailboxKeys(today.value, yesterday.value);
    auto found = parts_.directory.accept(
        std::move(rows), std::span<const mint::Answer>(answers).first(account::Directory::kChecks));
    // A damaged row was reported; from here it is as if the address were unknown.
    if (!found && found.error().code != ErrorCode::kIntegrity) return std::move(found).error();
    const bool usable = found && found->has_value() && (*found)->authority.maySignIn() &&
                        ((*found)->authority.status != account::AccountStatus::kUnconfirmed ||
                         options_.create_accounts);
    if (!usable) return target;
    target.account = (*found)->authority.account;
    target.address = (*found)->address;
    if (known.has_value()) {
        SALLYPORT_TRY(const auto verdict,
                      mint::take<mint::Verdict>(answers, account::Directory::kChecks));
        if (verdict == mint::Verdict::kValid) target.known_browser = known->token.id;
    }
    return target;
}

Result<Issued> Service::issue(std::string_view email,
                              const std::optional<RequestId>& request,
                              const Requester& requester,
                              Deadline deadline) {
    SALLYPORT_TRY(const auto address, account::MailAddress::parse(email, options_.addresses));
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.issue, deadline));
    SALLYPORT_TRY(Target target, targetOf(address, requester, deadline));
    if (options_.create_accounts && !target.account.has_value()) {
        SALLYPORT_CHECK(createAccount(address, deadline));
        SALLYPORT_TRY(target, targetOf(address, requester, deadline));
    }
    target.request = request;
    // A damaged row of the browser's last request was reported and stands in nobody's way.
    if (auto last = linkOfBrowser(requester, deadline); last) {
        target.replaces = std::move(*last);
    } else if (last.error().code != ErrorCode::kIntegrity) {
        return std::move(last).error();
    }
    return place(std::move(target), requester, deadline);
}

namespace {

/// The rows under which a request is counted; `link.source` is how its row remembers who asked.
Result<Counted> countedAs(storage::Transaction& transaction,
                          const Requester& requester,
                          const Secret& login_cookie,
                          const limit::Keys& mailbox,
                          const std::optional<TokenId>& known_browser,
                          const FixedBytes<32>& fresh_salt,
                          Time now) {
    SALLYPORT_TRY(const auto salts, limit::ensureSalts(transaction, now, fresh_salt));
    std::string source = countedSource(requester);
    if (source.empty()) {
        SALLYPORT_TRY(const Digest binding, bindingOf(login_cookie));
        source = "browser:" + base64url::encode(binding);
    }
    Counted counted{limit::sourceKeys(salts, source), mailbox, std::nullopt};
    if (known_browser.has_value())
        counted.known_browser = limit::browserKeys(salts, known_browser->bytes);
    return counted;
}

/// The links that this browser asked for before, and the one live link of a known browser, make
/// room.
Status retire(storage::Transaction& transaction,
              const LinkRow& link,
              const std::optional<LinkRow>& old,
              Time now) {
    if (old.has_value()) {
        SALLYPORT_TRY(
            [[maybe_unused]] const auto replaced,
            transaction.execute(
                "UPDATE links SET revoked_at = $1, replaced_by = $2 WHERE binding = $3 AND "
                "consumed_at IS NULL AND revoked_at IS NULL",
                {now, link.id, old->fields.binding}));
    }
    if (link.known) {
        SALLYPORT_TRY(
            [[maybe_unused]] const auto evicted,
            transaction.execute(
                "UPDATE links SET revoked_at = $1, replaced_by = $2 WHERE account_id = $3 "
                "AND known = 1 AND source = $4 AND consumed_at IS NULL AND revoked_at IS "
                "NULL",
                {now, link.id, link.fields.account, link.source}));
    }
    return {};
}

/// What waits in the outbox for each mail of a link.
mail::OutboxRow nextMail(const LinkRow& link,
                         const std::string& mail_domain,
                         Time now,
                         Random& random) {
    return mail::OutboxRow::make(
        {"sign-in", link.id.bytes, link.language, mail_domain, now, link.fields.expires}, random);
}

}  // namespace

Result<Issued> Service::place(Target target, const Requester& requester, Deadline deadline) {
    const auto raw = parts_.random.bytes<session::kLoginCookieSize>();
    Secret cookie = Secret::take(base64url::encode(raw));
    Ask ask;
    ask.now = parts_.clock.now();
    ask.hits = HitIds::random(parts_.random);
    ask.fresh_salt = parts_.random.bytes<32>();
    LinkRow& link = ask.link;
    link.id = LinkId::random(parts_.random);
    link.fields = mint::LinkFields{mint::LinkPurpose::kSignIn,
                                   target.account,
                                   target.address,
                                   sha256(raw),
                                   target.request,
                                   ask.now,
                                   ask.now + options_.life};
    SALLYPORT_TRY(const auto minted,
                  mint::ask<mint::MintedToken>(
                      parts_.mint, mint::MintToken{TokenId{link.id.bytes}, link.fields}, deadline));
    link.generation = minted.generation;
    link.check = minted.check;
    link.asks = 1;
    link.asked_at = ask.now;
    link.tag = makeRequestTag(parts_.random);
    link.known = target.known_browser.has_value();
    link.language = requester.language;
    link.browser = requester.browser;
    ask.outbox = nextMail(link, options_.mail_domain, ask.now, parts_.random);

    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_TRY(const Counted counted,
                          countedAs(transaction,
                                    requester,
                                    cookie,
                                    target.mailbox,
                                    target.known_browser,
                                    ask.fresh_salt,
                                    ask.now));
            SALLYPORT_CHECK(limit::countRequest(
                transaction, parts_.rules.issue, counted.source, ask.hits.request, ask.now));
            LinkRow row = link;
            row.source = *(counted.known_browser.has_value() ? counted.known_browser->today
                                                             : counted.source.today);
            row.mailbox = *target.mailbox.today;
            SALLYPORT_CHECK(retire(transaction, row, target.replaces, ask.now));
            SALLYPORT_TRY(
                const bool mailed,
                admitMail(transaction, parts_.rules, counted, row, false, ask.hits, ask.now));
            row.mails = mailed ? 1 : 0;
            SALLYPORT_CHECK(insertLinkRow(transaction, row));
            return mail::enqueue(transaction, ask.outbox, !mailed);
        }));
    parts_.mail_waits();
    parts_.metrics.count("sallyport_links_issued_total");
    return Issued{link.tag, options_.life, std::move(cookie), true};
}

Result<Service::Target> Service::targetAgain(const LinkRow& old,
                                             const Requester& requester,
                                             Deadline deadline) {
    account::MailboxRows rows;
    if (old.fields.account.has_value() && old.fields.address.has_value()) {
        SALLYPORT_TRY(rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
            return account::Directory::readRows(
                transaction, *old.fields.account, *old.fields.address);
        }));
    }
    SALLYPORT_TRY(auto checks, parts_.directory.checkRequests(rows));
    checks.emplace_back(
        mint::VerifyRow{TokenId{old.id.bytes}, old.generation, old.fields, old.check});
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(checks), deadline));
    SALLYPORT_TRY(const auto verdict,
                  mint::take<mint::Verdict>(answers, account::Directory::kChecks));
    Target target;
    target.request = old.fields.request;
    target.mailbox = {old.mailbox, old.mailbox};
    target.replaces = old;
    if (verdict != mint::Verdict::kValid) {
        parts_.integrity(linksTable().name, copyBytes(old.id.bytes));
        return target;
    }
    auto found = parts_.directory.accept(
        std::move(rows), std::span<const mint::Answer>(answers).first(account::Directory::kChecks));
    if (!found && found.error().code != ErrorCode::kIntegrity) return std::move(found).error();
    if (!found || !found->has_value() || !(*found)->authority.maySignIn()) return target;
    target.account = old.fields.account;
    target.address = old.fields.address;
    if (const auto known = presentedKnown(requester, parts_.clock.now());
        old.known && known.has_value()) {
        target.known_browser = known->token.id;
    }
    return target;
}

Result<Outcome<Issued>> Service::again(const Requester& requester, Deadline deadline) {
    using Answer = Outcome<Issued>;
    SALLYPORT_CHECK(refuseCrowd(requester, parts_.rules.issue, deadline));
    SALLYPORT_TRY(const auto link, linkOfBrowser(requester, deadline));
    if (!link.has_value()) return Answer(Refusal::kWrongBrowser);
    const Time now = parts_.clock.now();
    const Time next = link->asked_at + pauseAfter(link->asks);
    if (now < next) return limit::comeBackIn(next - now);
    const bool live = !link->consumed.has_value() && !link->revoked.has_value();
    if (live && now + options_.resend_same < link->fields.expires) {
        SALLYPORT_TRY(Issued issued, mailAgain(*link, requester, deadline));
        return Answer(std::move(issued));
    }
    SALLYPORT_TRY(Target target, targetAgain(*link, requester, deadline));
    SALLYPORT_TRY(Issued issued, place(std::move(target), requester, deadline));
    return Answer(std::move(issued));
}

Result<Issued> Service::mailAgain(const LinkRow& link,
                                  const Requester& requester,
                                  Deadline deadline) {
    const Time now = parts_.clock.now();
    const HitIds hits = HitIds::random(parts_.random);
    const auto fresh_salt = parts_.random.bytes<32>();
    const auto outbox = nextMail(link, options_.mail_domain, now, parts_.random);
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            const limit::Keys mailbox{link.mailbox, link.mailbox};
            SALLYPORT_TRY(Counted counted,
                          countedAs(transaction,
                                    requester,
                                    *requester.login_cookie,
                                    mailbox,
                                    std::nullopt,
                                    fresh_salt,
                                    now));
            if (link.known) counted.known_browser = limit::Keys{link.source, link.source};
            SALLYPORT_CHECK(limit::countRequest(
                transaction, parts_.rules.issue, counted.source, hits.request, now));
            SALLYPORT_TRY(
                const bool mailed,
                admitMail(transaction, parts_.rules, counted, link, link.mails > 0, hits, now));
            SALLYPORT_TRY(
                const auto changed,
                transaction.execute(
                    "UPDATE links SET asks = asks + 1, asked_at = $1, mails = mails + $2 "
                    "WHERE id = $3 AND asks = $4 AND consumed_at IS NULL AND revoked_at IS NULL",
                    {now, static_cast<std::int64_t>(mailed ? 1 : 0), link.id, link.asks}));
            if (changed == 0) return limit::comeBackIn(pauseAfter(link.asks + 1));
            return mail::enqueue(transaction, outbox, !mailed);
        }));
    parts_.mail_waits();
    return Issued{link.tag, link.fields.expires - now, requester.login_cookie->duplicate(), false};
}

}  // namespace sallyport::link
