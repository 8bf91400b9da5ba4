#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "credential/ceremonies.h"
#include "credential/own_keys.h"
#include "credential/proof.h"
#include "credential/tickets.h"
#include "session/session.h"

#include <functional>

/// A new security key: options, ceremony, verification, rows (`protocols.md` 4, WebAuthn L3 7.1).
namespace sallyport::credential {

/// The proof that a `credential.add` action of this session's account is approved, verified again
/// now; `app` gives what the action room makes. Errors: kStepUpRequired, kNotFound, kConflict.
using ApprovedActionSource =
    std::function<Result<ApprovedAction>(const session::Session&, const ActionId&, Deadline)>;

/// Thread-safe.
class Enrolment {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const session::Service& sessions;
        const Credentials& credentials;
        const Ceremonies& ceremonies;
        const Tickets& tickets;
        ApprovedActionSource approved_action;
        const audit::EventLog& events;
        const account::Notices& notices;
        const Options& options;
        const Clock& clock;
        Random& random;
        Metrics& metrics;
        Log& log;
    };

    explicit Enrolment(Parts parts) : parts_(std::move(parts)) {}

    struct Wish {
        std::string label;  ///< 1 to 64 bytes, one line
        std::optional<Secret> ticket;
        std::optional<ActionId> action;
        Channel channel = Channel::kBrowser;
    };

    struct Offer {
        CeremonyId id;
        Json options;
    };

    /// Who may (`product.md`, profiles): an account without any key by its session, or by a ticket;
    /// one without an active key by a ticket; everybody else by an approved `credential.add`.
    /// Errors: kStepUpRequired where that action is missing, kForbidden where the ticket is missing
    /// or wrong, kInvalidRequest for a label, kIntegrity.
    Result<Offer> begin(const session::Session& session, const Wish& wish, Deadline deadline) const;

    /// Consumes the ceremony before it looks at the response; ticket or action are spent only with
    /// success. Errors: as begin(), because the right is judged again; kConflict when the account
    /// changed meanwhile.
    Result<fido::Judged<KeyDocument>> finish(const session::Session& session,
                                             CeremonyId id,
                                             const Json& response,
                                             Deadline deadline) const;

  private:
    struct Granted;
    struct Accepted;
    Result<Granted> granted(const session::Session& session,
                            const Right& right,
                            const account::Authority& authority,
                            const std::vector<Credential>& live,
                            Deadline deadline) const;
    Result<Right> rightOf(const session::Session& session,
                          const Wish& wish,
                          Deadline deadline) const;
    fido::Judged<fido::VerifiedRegistration> verify(
        const Ceremony& ceremony, const fido::RegistrationResponse& response) const;
    Result<fido::Judged<KeyDocument>> store(const Accepted& accepted, Deadline deadline) const;
    fido::Refusal refused(fido::Refusal refusal) const;

    Parts parts_;
};

}  // namespace sallyport::credential
