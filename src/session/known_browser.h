#pragma once

#include "base/random.h"
#include "mint/mint.h"

/// The cookie of a browser in which somebody signed in before (`protocols.md` 2): no row, no
/// assurance, it counts for the limits of its own account only.
namespace sallyport::session {

inline constexpr Duration kKnownBrowserLife = std::chrono::hours(24 * 90);

/// A cookie that is decided but not yet made: its request joins the batch of the sign-in. Not
/// handed out on shared sources.
struct KnownBrowser {
    TokenId id;
    AccountId account;
    Time issued;
    Time expires;

    static KnownBrowser draft(AccountId account, Random& random, Time now);

    mint::Request request() const;

    /// The cookie's value from the mint's answer to request(). Errors: kInternal.
    Result<Secret> cookie(mint::MintedToken minted) const;
};

}  // namespace sallyport::session
