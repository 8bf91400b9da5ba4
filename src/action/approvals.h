#pragma once

#include "account/accounts.h"
#include "action/types.h"
#include "credential/assertions.h"

/// Which approvals count, judged anew each time from what the rows say now.
namespace sallyport::action {

/// Whose approval it is: two accounts of one person are one (`protocols.md` 5).
FixedBytes<16> personOf(const account::Authority& authority);

/// What a key's assertion with user verification reaches: `phrh`, `phr`.
std::string acrOf(const credential::Credential& credential);

/// An action as it was read, and what it rests on.
struct Standing {
    ActionRow action;
    seal::VerifiedRow row;
    const Type* type = nullptr;
    std::optional<account::Authority> proposer;
    std::vector<Counted> counted;  ///< at most one per person, oldest first
    /// Rows of approvals that do not count, by account: a later approval replaces them.
    std::map<AccountId, seal::VerifiedRow> void_approvals;
    /// Every other row that this judgement rests on.
    std::vector<seal::VerifiedRow> rests_on;

    bool enough() const { return counted.size() >= type->policy.approvers; }

    /// Whether this account's person has an approval that counts.
    bool hasApproved(const account::Authority& authority) const;

    /// For the transaction of an effect. Errors: kConflict when a row is no longer as judged.
    Status isUnchanged(storage::Transaction& transaction) const;
};

/// Thread-safe.
class Approvals {
  public:
    struct Parts {
        storage::Database& database;
        seal::Sealer& sealer;
        const account::Directory& directory;
        const credential::Credentials& credentials;
        const credential::Options& webauthn;
        const Types& types;
    };

    explicit Approvals(const Parts& parts) : parts_(parts) {}

    /// Reads an action with all its approvals and verifies everything again: seals, digest, that
    /// the policy is still the one that it was proposed under, that the proposer may still propose
    /// it; of each approval the approver's account, epoch, role and separation from the proposer,
    /// that the key is still active and reaches the acr, the text, the challenge and the signature.
    /// Errors: kNotFound; kIntegrity (reported) when a row is not what this service made; kConflict
    /// when rows changed while it read: try again; kGone when type or policy are no longer those of
    /// the action; kForbidden when its proposer may no longer propose it.
    Result<Standing> judge(const ActionId& id, Deadline deadline) const;

    /// The action alone, sealed and of a known type, whatever its policy is now. Errors: kNotFound,
    /// kIntegrity.
    Result<std::pair<ActionRow, seal::VerifiedRow>> read(const ActionId& id,
                                                         Deadline deadline) const;

    /// May this account approve it, whatever it holds or has done? Errors: kForbidden.
    static Status mayApprove(const Standing& standing, const account::Authority& authority);

    /// May this account propose actions of the type? Errors: kForbidden.
    static Status mayPropose(const TypePolicy& policy, const account::Authority& authority);

    const Parts& parts() const { return parts_; }

  private:
    Status weigh(Standing& standing, const seal::VerifiedRow& row, Deadline deadline) const;
    Result<std::optional<Counted>> verified(Standing& standing,
                                            const ApprovalRow& approval,
                                            Deadline deadline) const;
    Result<bool> isSigned(const Standing& standing,
                          const ApprovalRow& approval,
                          const credential::Credential& credential) const;

    Parts parts_;
};

}  // namespace sallyport::action
