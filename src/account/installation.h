#pragma once

#include "account/accounts.h"

#include <functional>
#include <string>

namespace sallyport::account {

/// What this database was made for: one sealed row, written by `init`.
struct Installation {
    std::string ring;     ///< the key ring's name on the token
    std::string profile;  ///< `dev`, `standard`, `regulated`
    bool bootstrap_open;  ///< accounts may still be made and frozen on the host
    seal::VerifiedRow row;
};

/// The row of a new installation, bootstrap open, sealed but not yet written.
Result<seal::SealedRow> sealInstallation(seal::Sealer& sealer,
                                         std::string_view ring,
                                         std::string_view profile,
                                         Time now,
                                         Deadline deadline);

/// Errors: kNotFound if there is none (not initialized), kIntegrity if its seal does not hold.
Result<Installation> readInstallation(storage::Database& database,
                                      seal::Sealer& sealer,
                                      Deadline deadline);

/// `open` to `closed`, event `bootstrap.closed`; Directory::write() puts it into anybody's
/// transaction. Errors: kConflict if bootstrap is closed.
Result<Directory::PreparedChange> prepareBootstrapClose(const Installation& installation,
                                                        seal::Sealer& sealer,
                                                        const audit::EventLog& events,
                                                        std::optional<AccountId> actor,
                                                        Deadline deadline);

/// In the transaction of what is allowed only while bootstrap is open (its check came before).
/// Errors: kConflict if the row changed since it was read.
Status isUnchanged(storage::Transaction& transaction, const Installation& installation);

/// `sallyportd account add|freeze`: allowed on the host while bootstrap is open. The check is
/// repeated in the writing transaction. Errors: kForbidden with a text for the operator once
/// bootstrap is closed, else those of Directory.
class HostAdministration {
  public:
    HostAdministration(const Directory& directory,
                       storage::Database& database,
                       seal::Sealer& sealer)
        : directory_(directory), database_(database), sealer_(sealer) {}

    /// A person with status `bootstrap` and these roles. Errors: kConflict if the mailbox has an
    /// account.
    Result<AccountId> add(const MailAddress& address,
                          std::set<std::string> roles,
                          Deadline deadline);

    Status freeze(const MailAddress& address, Deadline deadline);

    /// What another room writes on the host, in a transaction in which bootstrap is still open.
    Status write(const std::function<Status(storage::Transaction&)>& body, Deadline deadline);

  private:
    const Directory& directory_;
    storage::Database& database_;
    seal::Sealer& sealer_;
};

}  // namespace sallyport::account
