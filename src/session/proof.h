#pragma once

#include "base/channel.h"
#include "base/clock.h"
#include "base/ids.h"

namespace sallyport::link {
class Redemption;
}

namespace sallyport::credential {
class SignIn;
}

namespace sallyport::action {
class Execution;
}

namespace sallyport::session {

/// A magic link or relay code was redeemed, in this very transaction, in the browser that asked for
/// it. Only link::Redemption makes one, after its guarded UPDATE changed a row: a session without a
/// spent link does not compile.
class RedeemedLink {
  public:
    AccountId account() const { return account_; }

    LinkId link() const { return link_; }

  private:
    friend class link::Redemption;

    RedeemedLink(AccountId account, LinkId link) : account_(account), link_(link) {}

    AccountId account_;
    LinkId link_;
};

/// An assertion of a security key as the verifier found it.
struct KeyAssertion {
    AccountId account;
    CredentialId credential;
    bool user_verified;
    bool hardware;    ///< not backup eligible, attestation verified and allowed
    Channel channel;  ///< of the verified origin
    Time at;          ///< when it was verified

    friend bool operator==(const KeyAssertion&, const KeyAssertion&) = default;
};

/// A security key signed a challenge of ours that was spent, and its counter was moved on, in this
/// very transaction. Only credential::SignIn makes one.
class VerifiedSignIn {
  public:
    AccountId account() const { return assertion_.account; }

    CredentialId credential() const { return assertion_.credential; }

    bool userVerified() const { return assertion_.user_verified; }

    bool hardware() const { return assertion_.hardware; }

    Channel channel() const { return assertion_.channel; }

    Time at() const { return assertion_.at; }

    const KeyAssertion& assertion() const { return assertion_; }

  private:
    friend class credential::SignIn;

    explicit VerifiedSignIn(const KeyAssertion& assertion) : assertion_(assertion) {}

    KeyAssertion assertion_;
};

/// A `session.step-up` that its own session's person approved with a security key, verified again
/// in this very transaction. Only action::Execution makes one.
class ApprovedAction {
  public:
    ActionId action() const { return action_; }

    /// The session that is raised.
    SessionId session() const { return session_; }

    AccountId account() const { return assertion_.account; }

    CredentialId credential() const { return assertion_.credential; }

    const KeyAssertion& assertion() const { return assertion_; }

  private:
    friend class action::Execution;

    ApprovedAction(ActionId action, SessionId session, const KeyAssertion& assertion)
        : action_(action), session_(session), assertion_(assertion) {}

    ActionId action_;
    SessionId session_;
    KeyAssertion assertion_;
};

}  // namespace sallyport::session
