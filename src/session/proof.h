#pragma once

#include "base/clock.h"
#include "base/ids.h"

namespace sallyport::link {
class Redemption;
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

}  // namespace sallyport::session
