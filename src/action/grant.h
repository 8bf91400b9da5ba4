#pragma once

#include "action/execution.h"

#include <variant>

namespace sallyport::action {

inline constexpr std::string_view kGrantType = "sallyport-grant+jwt";

/// What a relying party takes an approved action with (`protocols.md` 5): a JWT that says what was
/// approved, by which evidence, for whom; made for its proposer alone, and good once.
///
/// Claims: `iss`, `aud` (the resource of the audience client), `jti`, `iat`, `exp`,
/// `action_digest`, `authorization_details` (RFC 9396: `[{"type":"sallyport_action","action":{…}}]`
/// with the document that the digest is of), `acr`, `amr` and `auth_time` of the weakest and oldest
/// approval, `evidence` (ids), and `client_id` where a client proposed it. There is no `cnf`: the
/// grant is redeemed by the audience client with its own key.
///
/// Thread-safe.
class Grants {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        seal::Sealer& sealer;
        const Approvals& approvals;
        const Execution& execution;
        Changes& changes;
        const Clock& clock;
        Random& random;
    };

    /// `issuer` is the public origin, as the mint writes it.
    Grants(Parts parts, std::string issuer) : parts_(parts), issuer_(std::move(issuer)) {}

    /// Why there is no grant, or why it is not taken.
    enum class Refusal {
        kAlreadyRedeemed,
        kActionMismatch,  ///< the live action is not the one that was approved
    };

    template <class T>
    using Outcome = std::variant<T, Refusal>;

    /// Who asks: a client, or the person of an account.
    using Proposer = std::variant<AccountId, std::string>;

    struct Granted {
        Secret grant;
        Duration expires_in;
    };

    /// The same grant again (claims and `jti`) until it was redeemed or has expired. `resourceOf`
    /// names the resource of an audience client. Every approval is verified again. Errors:
    /// kNotFound unless this is the proposer; kGone while the action waits for approvals or its
    /// time, when its type yields no grants, and when it is settled or has expired; those of
    /// Approvals::judge().
    using ResourceOf = std::function<Result<std::string>(const std::string& client)>;
    Result<Outcome<Granted>> grant(const Proposer& proposer,
                                   const ActionId& id,
                                   const ResourceOf& resource_of,
                                   Deadline deadline);

    /// What the audience client presents, and who it is.
    struct Presented {
        std::string client;
        std::string resource;
        std::string grant;
        Json live;  ///< the action as it is about to happen
        std::string idempotency_key;
    };

    struct Redeemed {
        ActionId action;
        Digest digest;
        Time at;
    };

    /// Burns a grant: the mint's signature, this client as its audience, its time, the digest of
    /// the live action, and every approval once more; then one guarded replacement. The live action
    /// is `{"type","parameters","resource"?,"subject"?}`, with any other member of the approved
    /// document; whatever is in it must be as approved. The same key by the same client gets the
    /// same answer again, also after the end of the grant. Errors: kForbidden for whatever is wrong
    /// with the grant; kInvalidRequest for a live action of another form.
    Result<Outcome<Redeemed>> redeem(const Presented& presented, Deadline deadline);

  private:
    struct Row;
    struct Claimed;

    /// The verified row, found by a column that is unique.
    Result<std::optional<Row>> find(std::string_view column,
                                    const storage::Value& value,
                                    Deadline deadline) const;
    /// Empty if somebody else was faster: try again.
    Result<std::optional<Outcome<Granted>>> attempt(const Proposer& proposer,
                                                    const ActionId& id,
                                                    const ResourceOf& resource_of,
                                                    Deadline deadline);
    Result<Standing> grantable(const ActionId& id, Deadline deadline) const;
    Result<Granted> make(const Standing& standing, const std::string& resource, Deadline deadline);
    Result<Granted> again(const Standing& standing,
                          const Row& row,
                          const std::string& resource,
                          Deadline deadline) const;
    Result<Secret> sign(const Standing& standing,
                        const Row& row,
                        const std::string& resource,
                        Deadline deadline) const;
    Result<Claimed> verified(const Presented& presented, Deadline deadline) const;
    Result<bool> isLive(const Presented& presented,
                        const Row& row,
                        const Claimed& claimed,
                        Deadline deadline) const;
    Result<Standing> redeemable(const Row& row, Deadline deadline) const;
    Result<Outcome<Redeemed>> redeemOnce(const Presented& presented,
                                         const Claimed& claimed,
                                         Deadline deadline);
    Result<Redeemed> burn(const Standing& standing,
                          const Row& row,
                          const Digest& idempotency,
                          Deadline deadline);

    Parts parts_;
    std::string issuer_;
};

/// Deletes grants that ended a day ago, at most `batch`. Answers how many.
Result<std::int64_t> purgeGrants(storage::Transaction& transaction, Time now, std::int64_t batch);

}  // namespace sallyport::action
