#pragma once

#include "mail/smtp_channel.h"
#include "mail/transport.h"

namespace sallyport::mail {

struct SmtpOptions {
    enum class Tls {
        kRequired,  ///< STARTTLS with a verified certificate, or no mail
        kNone,      ///< in clear; to a server on loopback only
    };

    SmtpPeer server;
    Tls tls = Tls::kRequired;
    std::string ehlo_name;                    ///< how this host names itself
    std::string user;                         ///< empty: no AUTH
    std::string password_file;                ///< for nobody but its owner; one line
    Duration step = std::chrono::seconds(5);  ///< for each command and its reply
};

/// One SMTP conversation per mail (RFC 5321, 3207, 4954, 3461).
class SmtpTransport final : public Transport {
  public:
    /// Errors: kInvalidRequest for `tls = none` to another host or with a password, and for a
    /// password file that is missing, empty or readable by others.
    static Result<std::unique_ptr<Transport>> open(SmtpOptions options);

    Outcome deliver(const Envelope& envelope, const Secret& message, Deadline deadline) override;

  private:
    SmtpTransport(SmtpOptions options, Secret password, TlsContext tls)
        : options_(std::move(options)), password_(std::move(password)), tls_(std::move(tls)) {}

    const SmtpOptions options_;
    const Secret password_;
    const TlsContext tls_;
};

/// `message` with a dot more before each line that begins with one, and the line of one dot that
/// ends it (RFC 5321 4.5.2). Errors: kInvalidRequest if a CR or LF stands alone: some servers would
/// see the end of the mail there.
Result<Secret> dotStuffed(const Secret& message);

}  // namespace sallyport::mail
