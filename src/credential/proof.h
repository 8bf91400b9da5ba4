#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "storage/database.h"

#include <functional>

namespace sallyport::action {
class Execution;
}

namespace sallyport::credential {

/// A `credential.add` action that its account approved, every approval verified again just now.
/// Only action::Execution makes one: a further key without an approval does not compile.
class ApprovedAction {
  public:
    AccountId account() const { return account_; }

    ActionId action() const { return action_; }

    /// Of the action's type, as it was approved under.
    const Digest& policyDigest() const { return policy_digest_; }

    /// Into the transaction of the effect, before that changes the account: `approved` becomes
    /// `executed`, once. Errors: kConflict
    /// when it was settled, denied or expired in the meantime.
    Status settle(storage::Transaction& transaction) const { return settle_(transaction); }

  private:
    friend class action::Execution;

    using Settle = std::function<Status(storage::Transaction&)>;

    ApprovedAction(AccountId account, ActionId action, Digest policy_digest, Settle settle)
        : account_(account),
          action_(action),
          policy_digest_(policy_digest),
          settle_(std::move(settle)) {}

    AccountId account_;
    ActionId action_;
    Digest policy_digest_;
    Settle settle_;
};

}  // namespace sallyport::credential
