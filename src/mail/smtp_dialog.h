#pragma once

#include "mail/smtp_transport.h"

#include <map>
#include <optional>

namespace sallyport::mail {

/// The conversation about one mail, command by command. Every step is an Outcome if it ends the
/// attempt, and nothing if it goes on.
class SmtpDialog {
  public:
    SmtpDialog(const SmtpOptions& options, const Secret& password, SSL_CTX& tls, Deadline deadline)
        : options_(options), password_(password), tls_(tls), deadline_(deadline) {}

    Outcome run(const Envelope& envelope, const Secret& message);

  private:
    using Ending = std::optional<Outcome>;

    Ending greet();
    Ending hello();
    Ending secure();
    Ending authenticate();
    Ending authenticateByLogin();
    Ending hand(const Envelope& envelope, std::string_view stuffed, std::size_t size);

    Deadline step() const;

    bool offers(std::string_view keyword) const { return extensions_.count(keyword) != 0; }

    std::string_view parametersOf(std::string_view keyword) const;
    Result<SmtpReply> ask(std::string_view line);

    const SmtpOptions& options_;
    const Secret& password_;
    SSL_CTX& tls_;
    const Deadline deadline_;
    std::unique_ptr<SmtpChannel> channel_;
    bool can_talk_ = false;  // the last command got its reply
    std::map<std::string, std::string, std::less<>>
        extensions_;  // keyword in capitals -> parameters
};

}  // namespace sallyport::mail
