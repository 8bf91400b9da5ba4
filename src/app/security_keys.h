#pragma once

#include "app/core.h"
#include "credential/enrolment.h"
#include "credential/sign_in.h"

namespace sallyport::app {

/// The credential room put together. Everything that it is given outlives it.
class SecurityKeys {
  public:
    struct Parts {
        Core& core;
        session::Service& sessions;
        const limit::Rules& rules;
        credential::ApprovedActionSource approved_action;
        Ground ground;
    };

    /// Errors: those of SignIn::open().
    static Result<std::unique_ptr<SecurityKeys>> build(const Parts& parts,
                                                       credential::Options options);

    SecurityKeys(const SecurityKeys&) = delete;
    SecurityKeys& operator=(const SecurityKeys&) = delete;

    const credential::Options& options() const { return options_; }

    const credential::Credentials& credentials() const { return credentials_; }

    const credential::Assertions& assertions() const { return assertions_; }

    const credential::Ceremonies& ceremonies() const { return ceremonies_; }

    const credential::Tickets& tickets() const { return tickets_; }

    const credential::Enrolment& enrolment() const { return enrolment_; }

    const credential::OwnKeys& ownKeys() const { return own_keys_; }

    const credential::SignIn& signIn() const { return *sign_in_; }

  private:
    SecurityKeys(const Parts& parts, credential::Options options);

    const credential::Options options_;
    const credential::Credentials credentials_;
    const credential::Assertions assertions_;
    const credential::Ceremonies ceremonies_;
    const credential::Tickets tickets_;
    const credential::Enrolment enrolment_;
    const credential::OwnKeys own_keys_;
    std::unique_ptr<credential::SignIn> sign_in_;
};

}  // namespace sallyport::app
