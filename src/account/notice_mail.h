#pragma once

#include "account/accounts.h"
#include "account/notices.h"

namespace sallyport::account {

/// A label as it stands in a mail: at most 64 characters of it, each printable and none of which
/// mail programs make a link, markup or a line of its own; others are shown as `_`.
std::string labelInMail(std::string_view label);

/// The outbox template `notice`: verified notice row → address of the current authority record →
/// letter, without a link, a token or an id. An outbox row that names no such notice sends nothing.
class NoticeMail {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const Directory& directory;
        const Clock& clock;
    };

    /// `public_origin`: `https://id.example`. The references outlive the template.
    NoticeMail(Parts parts, std::string public_origin)
        : parts_(parts), public_origin_(std::move(public_origin)) {}

    /// A notice is deleted when it was sent or given up, so that its row is never sent again.
    mail::Template asTemplate() const;

  private:
    Result<std::optional<mail::Letter>> resolve(const mail::OutboxRow& row,
                                                Deadline deadline) const;
    Result<std::optional<Notice>> read(const NoticeId& id, Deadline deadline) const;
    mail::Letter compose(const Notice& notice, std::string_view language, Secret address) const;

    Parts parts_;
    std::string public_origin_;
};

}  // namespace sallyport::account
