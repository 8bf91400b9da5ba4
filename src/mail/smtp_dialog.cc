#include "mail/smtp_dialog.h"

#include "mail/message.h"

#include <openssl/evp.h>

#include <charconv>

#include <algorithm>

namespace sallyport::mail {
namespace {

constexpr int kReady = 220;
constexpr int kAuthenticated = 235;
constexpr int kDone = 250;
constexpr int kContinue = 334;
constexpr int kStartMail = 354;

Outcome temporary(std::string reason) {
    return {Outcome::Class::kTemporary, std::move(reason)};
}

Outcome permanent(std::string reason) {
    return {Outcome::Class::kPermanent, std::move(reason)};
}

// Codes only: the text of a reply may repeat the recipient.
std::string described(std::string_view command, const SmtpReply& reply) {
    std::string text = std::string(command) + " answered with " + std::to_string(reply.code);
    const std::string status = reply.enhancedStatus();
    return status.empty() ? text : text + " " + status;
}

// About this mail: a 5xx is final. What a server says before it knows the mail (greeting, TLS,
// AUTH) is about its own state or our configuration, and may be put right while the mail still
// lives.
Outcome aboutThisMail(std::string_view command, const SmtpReply& reply) {
    return reply.permanent() ? permanent(described(command, reply))
                             : temporary(described(command, reply));
}

Secret base64(std::string_view text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return Secret::take(std::move(out));
}

// `parts` in one piece that is wiped after use, without copies left behind by growing.
Secret joined(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const auto part : parts) size += part.size();
    std::string text;
    text.reserve(size);
    for (const auto part : parts) text += part;
    return Secret::take(std::move(text));
}

std::string upperCase(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return upper;
}

bool hasWord(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto end = list.find(' ');
        if (list.substr(0, end) == word) return true;
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return false;
}

}  // namespace

Outcome SmtpDialog::run(const Envelope& envelope, const Secret& message) {
    if (!isWireMailbox(envelope.sender) || !isWireMailbox(envelope.recipient.exposeText())) {
        return permanent("an address cannot be sent over SMTP as it is");
    }
    const auto stuffed = dotStuffed(message);
    if (!stuffed) return permanent(stuffed.error().detail);

    auto channel = SmtpChannel::connect(options_.server, step());
    if (!channel) return temporary(channel.error().detail);
    channel_ = std::move(*channel);
    Ending ending = greet();
    if (!ending) ending = hello();
    if (!ending) ending = secure();
    if (!ending) ending = authenticate();
    if (!ending) ending = hand(envelope, stuffed->exposeText(), message.size());
    if (can_talk_) static_cast<void>(ask("QUIT\r\n"));
    return *ending;
}

Deadline SmtpDialog::step() const {
    return Deadline(std::min(Deadline::after(options_.step).at(), deadline_.at()));
}

std::string_view SmtpDialog::parametersOf(std::string_view keyword) const {
    const auto found = extensions_.find(keyword);
    return found == extensions_.end() ? std::string_view() : std::string_view(found->second);
}

Result<SmtpReply> SmtpDialog::ask(std::string_view line) {
    const Deadline until = step();
    can_talk_ = false;
    if (!line.empty()) SALLYPORT_CHECK(channel_->write(line, until));
    SALLYPORT_TRY(SmtpReply reply, channel_->readReply(until));
    can_talk_ = true;
    return reply;
}

SmtpDialog::Ending SmtpDialog::greet() {
    if (options_.tls == SmtpOptions::Tls::kNone && !channel_->peerIsLoopback()) {
        return temporary(
            "the mail server is not on loopback, and without TLS no mail leaves this host");
    }
    const auto greeting = ask("");
    if (!greeting) return temporary(greeting.error().detail);
    if (greeting->code != kReady) return temporary(described("connecting", *greeting));
    return std::nullopt;
}

SmtpDialog::Ending SmtpDialog::hello() {
    const auto reply = ask("EHLO " + options_.ehlo_name + "\r\n");
    if (!reply) return temporary(reply.error().detail);
    if (reply->code != kDone) return temporary(described("EHLO", *reply));
    // What was offered before TLS may have been put there by anybody (RFC 3207 4.2).
    extensions_.clear();
    for (std::size_t i = 1; i < reply->lines.size(); ++i) {
        const std::string line = upperCase(reply->lines[i]);
        const auto space = line.find(' ');
        extensions_[line.substr(0, space)] =
            space == std::string::npos ? "" : line.substr(space + 1);
    }
    return std::nullopt;
}

SmtpDialog::Ending SmtpDialog::secure() {
    if (options_.tls == SmtpOptions::Tls::kNone) return std::nullopt;
    if (!offers("STARTTLS")) return temporary("the mail server does not offer STARTTLS");
    const auto reply = ask("STARTTLS\r\n");
    if (!reply) return temporary(reply.error().detail);
    if (reply->code != kReady) return temporary(described("STARTTLS", *reply));
    can_talk_ = false;
    if (const auto secured = channel_->startTls(tls_, options_.server.host, step()); !secured) {
        return temporary(secured.error().detail);
    }
    return hello();
}

SmtpDialog::Ending SmtpDialog::authenticate() {
    if (options_.user.empty()) return std::nullopt;
    const std::string_view mechanisms = parametersOf("AUTH");
    if (!hasWord(mechanisms, "PLAIN")) {
        if (hasWord(mechanisms, "LOGIN")) return authenticateByLogin();
        return temporary("the mail server offers neither AUTH PLAIN nor AUTH LOGIN");
    }
    constexpr std::string_view kNul("\0", 1);
    const Secret plain = joined({kNul, options_.user, kNul, password_.exposeText()});
    const Secret encoded = base64(plain.exposeText());
    const Secret command = joined({"AUTH PLAIN ", encoded.exposeText(), "\r\n"});
    const auto reply = ask(command.exposeText());
    if (!reply) return temporary(reply.error().detail);
    if (reply->code != kAuthenticated) return temporary(described("AUTH", *reply));
    return std::nullopt;
}

SmtpDialog::Ending SmtpDialog::authenticateByLogin() {
    const Secret user = base64(options_.user);
    const Secret password = base64(password_.exposeText());
    const Secret user_line = joined({user.exposeText(), "\r\n"});
    const Secret password_line = joined({password.exposeText(), "\r\n"});
    const std::pair<std::string_view, int> steps[] = {{"AUTH LOGIN\r\n", kContinue},
                                                      {user_line.exposeText(), kContinue},
                                                      {password_line.exposeText(), kAuthenticated}};
    for (const auto& [line, expected] : steps) {
        const auto reply = ask(line);
        if (!reply) return temporary(reply.error().detail);
        if (reply->code != expected) return temporary(described("AUTH", *reply));
    }
    return std::nullopt;
}

SmtpDialog::Ending SmtpDialog::hand(const Envelope& envelope,
                                    std::string_view stuffed,
                                    std::size_t size) {
    std::string mail = "MAIL FROM:<" + envelope.sender + ">";
    std::string_view notify;
    if (offers("SIZE")) {
        const std::string_view limit_text = parametersOf("SIZE");
        std::uint64_t limit = 0;
        std::from_chars(limit_text.data(), limit_text.data() + limit_text.size(), limit);
        if (limit != 0 && size > limit)
            return permanent("the mail is larger than the mail server takes");
        mail += " SIZE=" + std::to_string(size);
    }
    if (offers("DSN")) {
        // RET=HDRS: a bounce must not carry a live link back (RFC 3461 4.3).
        mail += " RET=HDRS";
        if (const auto id = nameOf(envelope.message_id); !id.empty())
            mail += " ENVID=" + std::string(id);
        notify = " NOTIFY=FAILURE,DELAY";
    }
    const auto sender = ask(mail + "\r\n");
    if (!sender) return temporary(sender.error().detail);
    if (sender->code != kDone) return aboutThisMail("MAIL", *sender);

    const Secret to = joined({"RCPT TO:<", envelope.recipient.exposeText(), ">", notify, "\r\n"});
    const auto recipient = ask(to.exposeText());
    if (!recipient) return temporary(recipient.error().detail);
    if (!recipient->positive()) return aboutThisMail("RCPT", *recipient);

    const auto data = ask("DATA\r\n");
    if (!data) return temporary(data.error().detail);
    if (data->code != kStartMail) return aboutThisMail("DATA", *data);

    const auto taken = ask(stuffed);
    if (!taken) return temporary(taken.error().detail);
    if (!taken->positive()) return aboutThisMail("the mail", *taken);
    return Outcome{Outcome::Class::kDelivered, described("the mail", *taken)};
}

}  // namespace sallyport::mail
