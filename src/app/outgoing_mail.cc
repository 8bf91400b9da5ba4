#include "app/outgoing_mail.h"

#include "app/secret_file.h"
#include "mail/file_transport.h"
#include "mail/smtp_transport.h"

namespace sallyport::app {

Result<std::unique_ptr<mail::Transport>> openTransport(const Config& config,
                                                       const http::PublicUrl& public_url) {
    if (config.mail.transport == "file")
        return std::unique_ptr<mail::Transport>(new mail::FileTransport(config.mail.directory));
    mail::SmtpOptions options;
    options.server = {
        config.mail.host, static_cast<std::uint16_t>(config.mail.port), config.mail.ca_file};
    options.tls =
        config.mail.starttls ? mail::SmtpOptions::Tls::kRequired : mail::SmtpOptions::Tls::kNone;
    options.ehlo_name = public_url.host();
    options.user = config.mail.user;
    if (!config.mail.password_file.empty()) {
        SALLYPORT_TRY(options.password_file, secretPath(config.mail.password_file));
    }
    auto transport = mail::SmtpTransport::open(std::move(options));
    if (!transport) return config.refuse("mail", transport.error().detail);
    return transport;
}

}  // namespace sallyport::app
