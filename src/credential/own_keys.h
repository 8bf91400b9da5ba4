#pragma once

#include "base/log.h"
#include "credential/credentials.h"
#include "session/session.h"

/// What a person sees of his keys, and says of them.
namespace sallyport::credential {

/// One entry of `GET /api/v1/credentials`.
struct KeyDocument {
    CredentialId id;
    std::string label;
    fido::Aaguid aaguid{};
    fido::Attestation attestation = fido::Attestation::kNone;
    bool backup_eligible = false;
    Time created_at;
    std::optional<Time> last_used;
    CredentialStatus status = CredentialStatus::kActive;
    std::string fingerprint;

    Json json() const;
};

/// Thread-safe.
class OwnKeys {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const Credentials& credentials;
        seal::IntegrityReport integrity;
        const Clock& clock;
    };

    explicit OwnKeys(Parts parts) : parts_(std::move(parts)) {}

    /// The live keys of the session's account, oldest first. Errors: kIntegrity (reported).
    Result<std::vector<KeyDocument>> list(const session::Session& session, Deadline deadline) const;

    /// A loss reported by whoever holds a session: it only suspends the key, which lifts that
    /// itself, and ends the sessions that it opened. Of a key that is suspended or frozen already
    /// it changes nothing. Errors: kNotFound; kConflict for a provisional key, which opens nothing.
    Status reportLost(const session::Session& session, CredentialId id, Deadline deadline) const;

  private:
    Parts parts_;
};

}  // namespace sallyport::credential
