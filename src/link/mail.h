#pragma once

#include "account/accounts.h"
#include "audit/event.h"
#include "link/link_row.h"
#include "mail/outbox.h"

namespace sallyport::link {

/// What the sign-in mail needs beside its rows.
struct MailOptions {
    std::string public_origin;  ///< `https://id.example`
    bool relay = true;          ///< whether the mail holds the relay code
};

/// The outbox template `sign-in`: link row → verified by the mint → address of the current
/// authority record → letter. For a void or limited row the same device work is spent on dummies.
/// The references outlive the template.
class SignInMail {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        const account::Directory& directory;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;
        const Clock& clock;
        Random& random;
    };

    SignInMail(Parts parts, MailOptions options)
        : parts_(std::move(parts)), options_(std::move(options)) {}

    mail::Template asTemplate();

  private:
    Result<std::optional<mail::Letter>> resolve(const mail::OutboxRow& row, Deadline deadline);
    Result<std::optional<mail::Letter>> spendOnDummies(mint::Generation generation,
                                                       Deadline deadline);
    mail::Letter compose(const LinkRow& link, mint::EmittedLink emitted, Secret address) const;

    Parts parts_;
    MailOptions options_;
};

}  // namespace sallyport::link
