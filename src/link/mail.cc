#include "link/mail.h"

#include "base/texts.h"
#include "link/tables.h"

namespace sallyport::link {
namespace {

/// `2026-11-23 10:02 UTC`: one zone, because the server knows no other of its reader.
std::string readable(Time time) {
    std::string text = rfc3339(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::string_view hostOf(std::string_view origin) {
    const auto end = origin.find("://");
    return end == std::string_view::npos ? origin : origin.substr(end + 3);
}

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

/// One paragraph of the mail: a sentence, or a value that stands on a line of its own.
struct Line {
    enum class Kind { kText, kUrl, kCode };
    Kind kind;
    std::string text;
};

Secret plain(const std::vector<Line>& lines) {
    std::string body;
    for (const auto& line : lines) {
        body += line.text;
        body += "\n\n";
    }
    return Secret::take(std::move(body));
}

Secret html(std::string_view language, const std::vector<Line>& lines) {
    std::string body = "<!doctype html>\n<html lang=\"" + std::string(language) +
                       "\"><head><meta charset=\"utf-8\"></head>\n"
                       "<body style=\"font-family: sans-serif; line-height: 1.5\">\n";
    for (const auto& line : lines) {
        const std::string text = escaped(line.text);
        switch (line.kind) {
            case Line::Kind::kText:
                body += "<p>" + text + "</p>\n";
                break;
            case Line::Kind::kUrl:
                body += "<p><a href=\"" + text + "\">" + text + "</a></p>\n";
                break;
            case Line::Kind::kCode:
                body += "<p style=\"font-family: monospace; font-size: 150%\"><strong>" + text +
                        "</strong></p>\n";
                break;
        }
    }
    body += "</body></html>\n";
    return Secret::take(std::move(body));
}

void wipeAll(std::vector<Line>& lines) {
    for (auto& line : lines) wipe(line.text.data(), line.text.size());
}

}  // namespace

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
    const std::string site(hostOf(options_.public_origin));
    const std::string browser = link.browser.empty()
                                    ? std::string(text(language, "mail.sign_in.browser_unknown"))
                                    : link.browser;
    using Kind = Line::Kind;
    std::vector<Line> lines;
    const auto say = [&](std::string_view key,
                         const std::vector<std::pair<std::string_view, std::string_view>>& values) {
        lines.push_back({Kind::kText, text(language, key, values)});
    };
    const std::string asked_at = readable(link.fields.issued);
    const std::string expires = readable(link.fields.expires);
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
                        plain(lines),
                        html(language, lines)};
    wipeAll(lines);
    return letter;
}

}  // namespace sallyport::link
