#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "credential/credentials.h"
#include "credential/options.h"
#include "limit/rules.h"

#include <memory>

/// What every ceremony with a security key has in common: sign-in, unlock, approval.
namespace sallyport::credential {

/// The ceremony that is being answered, recomputed from its sealed row.
struct Asked {
    Bytes challenge;
    Channel channel;
    Time issued;
    /// Who answers where no session of the account vouches for him (sign-in): his failures count
    /// for the pair of key and asker only, because a credential id is no secret and no stranger
    /// shall lock out whoever holds the key. Empty: somebody with a session of the account.
    std::string stranger;
};

/// An assertion that passed, with what its effect has to write.
struct Checked {
    Credential credential;
    fido::VerifiedAssertion assertion;
    Counter counter;                                        ///< as it was
    seal::SealedRow next_counter;                           ///< as it will be
    std::optional<Credentials::PreparedChange> reinstates;  ///< of a suspended key
};

/// How failed assertions are counted (`defaults.md`).
struct FailureRules {
    std::int64_t before_pause = 5;  ///< in `window`
    Duration window = std::chrono::minutes(15);
    Duration pause = std::chrono::minutes(15);
    std::int64_t before_freeze = 100;  ///< in a row, of whoever had a session of the account
};

/// Thread-safe.
class Assertions {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const Credentials& credentials;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;
        const Options& options;
        const Clock& clock;
        Random& random;
        Metrics& metrics;
        Log& log;
    };

    explicit Assertions(Parts parts, FailureRules rules = {})
        : parts_(std::move(parts)), rules_(rules) {}

    /// Credentials::live().
    Result<std::vector<Credential>> live(const account::Authority& authority,
                                         Deadline deadline) const {
        return parts_.credentials.live(authority, deadline);
    }

    /// WebAuthn L3 7.2 for a key of this account: active or suspended, user verified, of the
    /// ceremony's channel, with a model that may still be used. The ceremony was consumed before.
    /// A refusal is counted; the fifth in 15 minutes pauses the key for 15 minutes; the hundredth
    /// in a row freezes it, and so does a counter that went back. A counter that is behind only
    /// because a ceremony of the same key that ran beside this one was faster is refused
    /// (`counter_behind`) and freezes nothing. Errors: kIntegrity (reported), kUnavailable,
    /// kConflict when the authority record is no longer the given one: read it again.
    Result<fido::Judged<Checked>> check(const account::Authority& authority,
                                        const fido::AssertionResponse& response,
                                        const Asked& asked,
                                        Deadline deadline) const;

    /// What check() spends on a wrong answer by somebody's key, spent on an answer by nobody's:
    /// time shall not tell a listed dummy from a key. `dummy` is any row that this ring sealed.
    Status spendOnNobody(const fido::AssertionResponse& response,
                         const seal::UnverifiedRow& dummy,
                         const Asked& asked,
                         Deadline deadline) const;

    /// Into the transaction of the assertion's effect: the counter by compare-and-set, and the
    /// reinstatement of a suspended key. Errors: kConflict when another assertion of the key was
    /// faster; check() again, with the same response, decides anew.
    static Status commit(storage::Transaction& transaction, const Checked& checked);

  private:
    struct Known;
    struct Failure;
    Result<Known> read(const account::Authority& authority,
                       const fido::AssertionResponse& response,
                       Deadline deadline) const;
    Result<bool> paused(const CredentialId& id, const Asked& asked, Deadline deadline) const;
    Result<fido::Refusal> refused(const account::Authority& authority,
                                  const Known& known,
                                  fido::Refusal refusal,
                                  const Asked& asked,
                                  Deadline deadline) const;
    Result<std::int64_t> countFailure(const Failure& failure,
                                      const Asked& asked,
                                      Deadline deadline) const;
    Status freeze(const account::Authority& authority,
                  CredentialId id,
                  std::string_view reason,
                  Deadline deadline) const;

    Parts parts_;
    FailureRules rules_;
};

}  // namespace sallyport::credential
