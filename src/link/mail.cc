#include "link/mail.h"

#include "base/texts.h"
#include "link/tables.h"
#include "mail/letter_text.h"

namespace sallyport::link {

mail::Template SignInMail::asTemplate() {
    return {
        "sign-in",
        [this](const mail::OutboxRow& row, Deadline deadline) { return resolve(row, deadline); },
        [](storage::Transaction&, const mail::OutboxRow&, mail::DeliveryOutcome) -> Status {
            return {};
        }};
}

Result<std::optional<mail::Letter>> SignInMail::spendOnDummies(mint::Generation generation,
                                                               Deadline deadline) {
    mint::EmitLink dummy;
    dummy.id = TokenId::random(parts_.random);
    dummy.generation = generation;
    dummy.fields.purpose = mint::LinkPurpose::kSignIn;
    dummy.fields.issued = parts_.clock.now();
    dummy.fields.expires = dummy.fields.issued;
    SALLYPORT_TRY([[maybe_unused]] const auto emitted,
                  mint::ask<mint::EmittedLink>(parts_.mint, std::move(dummy), deadline));
    SALLYPORT_CHECK(parts_.directory.spendOnDummy(deadline));
    return std::optional<mail::Letter>();
}

Result<std::optional<mail::Letter>> SignInMail::resolve(const mail::OutboxRow& row,
                                                        Deadline deadline) {
    SALLYPORT_TRY(const auto link,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return findLink(transaction, LinkId{row.subject});
                  }));
    const Time now = parts_.clock.now();
    const bool live = link.has_value() && !row.is_void && !link->consumed.has_value() &&
                      !link->revoked.has_value() && now < link->fields.expires &&
                      link->fields.account.has_value() && link->fields.address.has_value();
    if (!live) return spendOnDummies(link.has_value() ? link->generation : 1, deadline);
    SALLYPORT_TRY(
        auto emitted,
        mint::ask<mint::EmittedLink>(
            parts_.mint,
            mint::EmitLink{TokenId{link->id.bytes}, link->generation, link->fields, link->check},
            deadline));
    if (!emitted.row_is_good) {
        parts_.integrity(linksTable().name, copyBytes(link->id.bytes));
        return std::optional<mail::Letter>();
    }
    // The recipient is the address that the account's authority record names now, not what the
    // outbox or the link says.
    auto found = parts_.directory.find(*link->fields.account, *link->fields.address, deadline);
    if (!found && found.error().code == ErrorCode::kIntegrity) return std::optional<mail::Letter>();
    if (!found) return std::move(found).error();
    if (!found->has_value() || !(*found)->authority.maySignIn())
        return std::optional<mail::Letter>();
    SALLYPORT_TRY(Secret address, parts_.directory.decryptAddress(**found, deadline));
    return std::optional<mail::Letter>(compose(*link, std::move(emitted), std::move(address)));
}

mail::Letter SignInMail::compose(const LinkRow& link,
                                 mint::EmittedLink emitted,
                                 Secret address) const {
    const std::string_view language = link.language;
    const std::string site(mail::hostOf(options_.public_origin));
    const std::string browser = link.browser.empty()
                                    ? std::string(text(language, "mail.sign_in.browser_unknown"))
                                    : link.browser;
    using Kind = mail::Line::Kind;
    std::vector<mail::Line> lines;
    const auto say = [&](std::string_view key,
                         const std::vector<std::pair<std::string_view, std::string_view>>& values) {
        lines.push_back({Kind::kText, text(language, key, values)});
    };
    const std::string asked_at = mail::readableTime(link.fields.issued);
    const std::string expires = mail::readableTime(link.fields.expires);
    say("mail.sign_in.greeting", {});
    say("mail.sign_in.asked", {{"site", site}, {"time", asked_at}, {"browser", browser}});
    say("mail.sign_in.link", {{"expires", expires}});
    // The closing letter keeps autolinkers from eating the last character of the token.
    lines.push_back(
        {Kind::kUrl,
         options_.public_origin + "/link#" + std::string(emitted.token.exposeText()) + "x"});
    if (options_.relay) {
        say("mail.sign_in.relay", {});
        lines.push_back({Kind::kCode, std::string(emitted.relay_code.exposeText())});
    }
    say("mail.sign_in.tag", {{"words", link.tag}});
    say("mail.sign_in.safe", {{"site", site}});
    say("mail.sign_in.not_me", {});
    lines.push_back({Kind::kUrl, options_.public_origin + "/not-me#" + link.id.text() + "x"});
    mail::Letter letter{std::move(address),
                        text(language, "mail.sign_in.subject", {{"site", site}}),
                        mail::plainText(lines),
                        mail::htmlText(language, lines)};
    mail::wipeAll(lines);
    return letter;
}

}  // namespace sallyport::link
