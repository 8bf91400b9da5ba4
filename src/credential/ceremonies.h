#pragma once

#include "base/channel.h"
#include "seal/sealed_row.h"

#include <optional>
#include <string>
#include <vector>

/// A ceremony with a security key between its options and its response: a sealed row, used once.
namespace sallyport::credential {

enum class Purpose { kSignIn, kEnrolment };

/// `sign-in`, `enrolment`.
std::string_view name(Purpose purpose);

/// By what right a key is enrolled.
enum class RightKind {
    kSession,  ///< the session alone (profile `dev`, no key yet)
    kTicket,
    kAction,  ///< an approved `credential.add`
};

/// `session`, `ticket`, `action`.
std::string_view name(RightKind kind);

/// By what right a key is enrolled, and which ticket or action gives it.
struct Right {
    RightKind kind = RightKind::kSession;
    std::optional<FixedBytes<16>> by;
};

struct Ceremony {
    CeremonyId id;
    Purpose purpose = Purpose::kSignIn;
    FixedBytes<32> nonce{};
    Channel channel = Channel::kBrowser;
    Time issued;
    Time expires;

    // Of a sign-in.
    std::optional<Digest> binding;  ///< SHA-256 of the login cookie

    // Of an enrolment.
    std::optional<AccountId> account;
    std::optional<SessionId> session;
    std::optional<Right> right;
    std::optional<Digest> policy_digest;
    std::optional<std::string> label;

    /// Credential ids that were allowed or excluded; absent: none were listed.
    std::optional<std::vector<Bytes>> listed;

    /// What client data must hold, recomputed from this: SHA-256 of enc with
    /// "sallyport/sign-in/v1" or "sallyport/enrolment/v1" (`protocols.md` 4).
    Bytes challenge() const;

    bool lists(const Bytes& webauthn_id) const;
};

/// Thread-safe.
class Ceremonies {
  public:
    Ceremonies(storage::Database& database, seal::Sealer& sealer, const Clock& clock)
        : database_(database), sealer_(sealer), clock_(clock) {}

    /// To be inserted by the caller.
    Result<seal::SealedRow> seal(const Ceremony& ceremony, Deadline deadline) const;

    /// Deletes the row and commits before anybody has looked at the response, so that it is used
    /// once whatever comes of it; then verifies it. Errors: kGone when there is none, it is of
    /// another purpose or expired; kIntegrity (reported).
    Result<Ceremony> consume(CeremonyId id, Purpose purpose, Deadline deadline) const;

    /// Deletes expired rows, at most `batch`; answers how many.
    Result<std::int64_t> purge(std::int64_t batch, Deadline deadline) const;

  private:
    storage::Database& database_;
    seal::Sealer& sealer_;
    const Clock& clock_;
};

}  // namespace sallyport::credential
