#include "app/outgoing_mail.h"

#include "app/secret_file.h"
#include "mail/file_transport.h"
#include "mail/smtp_transport.h"

namespace sallyport::app {
namespace {

mail::SmtpPeer serverOf(const Config& config) {
    return {config.mail.host, static_cast<std::uint16_t>(config.mail.port), config.mail.ca_file};
}

}  // namespace

Result<std::unique_ptr<mail::Transport>> openTransport(const Config& config,
                                                       const std::string& own_host) {
    if (config.mail.transport == "file")
        return std::unique_ptr<mail::Transport>(new mail::FileTransport(config.mail.directory));
    mail::SmtpOptions options;
    options.server = serverOf(config);
    options.tls =
        config.mail.starttls ? mail::SmtpOptions::Tls::kRequired : mail::SmtpOptions::Tls::kNone;
    options.ehlo_name = own_host;
    options.user = config.mail.user;
    if (!config.mail.password_file.empty()) {
        SALLYPORT_TRY(options.password_file, secretPath(config.mail.password_file));
    }
    auto transport = mail::SmtpTransport::open(std::move(options));
    if (!transport) return config.refuse("mail", transport.error().detail);
    return transport;
}

std::string mailDomain(const Config& config) {
    return config.mail.from.substr(config.mail.from.find('@') + 1);
}

Status reachMailServer(const Config& config) {
    const Deadline deadline = Deadline::after(std::chrono::seconds(5));
    SALLYPORT_TRY(const auto channel, mail::SmtpChannel::connect(serverOf(config), deadline));
    SALLYPORT_TRY(const mail::SmtpReply greeting, channel->readReply(deadline));
    if (greeting.positive()) return {};
    return fail(ErrorCode::kUnavailable,
                "the mail server answers " + std::to_string(greeting.code));
}

}  // namespace sallyport::app
