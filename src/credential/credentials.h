#pragma once

#include "account/authority.h"
#include "account/notices.h"
#include "audit/event.h"
#include "base/channel.h"
#include "fido/assertion.h"
#include "fido/registration.h"

#include <optional>
#include <string>
#include <vector>

/// Security keys of accounts: rows, what the authority record says of them, and their life.
namespace sallyport::credential {

enum class CredentialStatus {
    kProvisional,  ///< enrolled, waits for its activation; opens nothing
    kActive,
    kSuspended,  ///< reported lost without a key event; its own UV assertion lifts that
    kFrozen,     ///< may have been copied, or failed too often
    kLost,       ///< final
    kRemoved,    ///< final
};

/// `provisional`, `active`, `suspended`, `frozen`, `lost`, `removed`.
std::string_view name(CredentialStatus status);
std::optional<CredentialStatus> credentialStatusFromName(std::string_view name);

/// Whether the authority record names it: everything but lost and removed.
bool isLive(CredentialStatus status);

/// A key as its verified row says. The row is never deleted (SP 800-63B-4 4.1).
struct Credential {
    CredentialId id;
    AccountId account;
    Bytes webauthn_id;
    Bytes public_key;  ///< COSE_Key
    fido::Algorithm algorithm;
    fido::Aaguid aaguid;
    fido::Attestation attestation;
    bool backup_eligible;
    std::vector<std::string> transports;
    std::string label;
    CredentialStatus status;
    Channel channel;                              ///< where it was enrolled
    std::optional<FixedBytes<16>> authorized_by;  ///< ticket or action
    Time created_at;
    seal::VerifiedRow row;

    /// Evidence for `phrh`: attested by its maker, and not synced.
    bool hardware() const {
        return attestation == fido::Attestation::kVerified && !backup_eligible;
    }
};

/// Reads a verified row of the credentials table. Errors: kIntegrity.
Result<Credential> credentialFrom(const seal::VerifiedRow& row);

/// 80 bits of SHA-256 of the COSE key, to be compared aloud: `3f2a-91c0-77de-0b1c-55aa`.
std::string fingerprintOf(ByteView public_key);

/// Use counter and last use: a sealed row of its own, so that no sign-in touches the authority
/// record.
struct Counter {
    CredentialId credential;
    std::uint32_t sign_count;
    bool backed_up;
    std::optional<Time> last_used;
    seal::VerifiedRow row;
};

/// Errors: kIntegrity.
Result<Counter> counterFrom(const seal::VerifiedRow& row);

/// A live credential as the authority record names it.
struct CredentialMark {
    CredentialId id;
    Digest public_key;  ///< SHA-256 of the COSE key
    CredentialStatus status;

    friend auto operator<=>(const CredentialMark&, const CredentialMark&) = default;
};

/// SHA-256 over enc of the sorted list; of an empty one account::noCredentialsDigest().
Digest credentialsDigest(std::vector<CredentialMark> live);
std::vector<CredentialMark> marksOf(const std::vector<Credential>& live);

/// What the database says about an account's keys, not yet believed.
struct KeyRows {
    std::optional<seal::UnverifiedRow> authority;
    std::vector<seal::UnverifiedRow> live;  ///< oldest first
};

Result<KeyRows> readKeys(storage::Transaction& transaction, const AccountId& account);

/// The row as it is, not yet believed. Empty if there is none.
Result<std::optional<seal::UnverifiedRow>> readCounter(storage::Transaction& transaction,
                                                       const CredentialId& credential);

/// The keys of accounts, and every change of their status. Thread-safe.
class Credentials {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;  ///< for rows that are missing or not named
        const account::Notices& notices;
    };

    explicit Credentials(Parts parts) : parts_(std::move(parts)) {}

    /// Every live credential, verified by its seal, and all of them as the authority record names
    /// them; oldest first. Errors: kIntegrity (reported) when a row is damaged, missing, stale or
    /// one too many: then the whole account is denied; kConflict when the authority record is no
    /// longer the one that was given.
    Result<std::vector<Credential>> live(const account::Authority& authority,
                                         Deadline deadline) const;

    /// The same for rows that were read already and whose seals were verified, in the same order.
    Result<std::vector<Credential>> believe(const account::Authority& authority,
                                            const KeyRows& rows,
                                            const std::vector<seal::VerifiedRow>& verified) const;

    /// Are these still the rows behind this record? Errors: kConflict, kIntegrity (reported).
    Status isCurrent(const account::Authority& authority, const KeyRows& rows) const;

    /// A change of one key with the authority record that names it, its event and what the holder
    /// is told; write() puts it into anybody's transaction. Errors of write(): kConflict if either
    /// changed since it was read.
    struct PreparedChange {
        seal::VerifiedRow credential;
        seal::SealedRow next_credential;
        seal::VerifiedRow authority;
        seal::SealedRow next_authority;
        audit::EventLog::Prepared event;
        account::Notices::Prepared notice;
        std::optional<CredentialId> ends_sessions;  ///< those that were opened by this key
        Time at;
    };

    /// The changes that exist. `id` is a live key of the account; else kNotFound. Errors: kConflict
    /// when its status does not allow the change; those of live().

    /// `provisional` to `active`, event `credential.activated`.
    Result<PreparedChange> prepareActivation(const account::Authority& authority,
                                             CredentialId id,
                                             std::optional<AccountId> actor,
                                             Deadline deadline) const;

    /// Any to `removed`, next epoch, event `credential.removed`.
    Result<PreparedChange> prepareRemoval(const account::Authority& authority,
                                          CredentialId id,
                                          std::optional<AccountId> actor,
                                          Deadline deadline) const;

    /// Any to `lost`, next epoch, event `credential.lost`: a loss reported with a key event, or by
    /// two issuers.
    Result<PreparedChange> prepareLoss(const account::Authority& authority,
                                       CredentialId id,
                                       std::optional<AccountId> actor,
                                       Deadline deadline) const;

    /// `active` to `suspended`, event `credential.suspended`; the sessions that it
    /// opened end.
    Result<PreparedChange> prepareSuspension(const account::Authority& authority,
                                             CredentialId id,
                                             std::optional<AccountId> actor,
                                             Time now,
                                             Deadline deadline) const;

    /// The reason of a freeze because there may be a copy of the key.
    static constexpr std::string_view kCounterWentBack = "counter";

    /// Any to `frozen`, next epoch, event `credential.frozen` with `reason`.
    Result<PreparedChange> prepareFreeze(const account::Authority& authority,
                                         CredentialId id,
                                         std::string_view reason,
                                         Deadline deadline) const;

    /// `suspended` to `active`, event `credential.reinstated`: the key itself was there.
    Result<PreparedChange> prepareReinstatement(const account::Authority& authority,
                                                const std::vector<Credential>& live,
                                                CredentialId id,
                                                Deadline deadline) const;

    static Status write(storage::Transaction& transaction, const PreparedChange& change);

  private:
    struct Step;
    Result<PreparedChange> prepare(const account::Authority& authority,
                                   const std::vector<Credential>& live,
                                   CredentialId id,
                                   const Step& step,
                                   Deadline deadline) const;
    Result<PreparedChange> prepare(const account::Authority& authority,
                                   CredentialId id,
                                   const Step& step,
                                   Deadline deadline) const;
    Error denied(const AccountId& account) const;

    Parts parts_;
};

}  // namespace sallyport::credential
