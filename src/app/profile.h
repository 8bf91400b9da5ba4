#pragma once

#include "action/policy.h"
#include "app/config.h"
#include "http/listen_address.h"
#include "http/public_url.h"
#include "http/trusted_proxies.h"
#include "mint/mint.h"

#include <optional>
#include <string>
#include <vector>

/// What a profile allows (product.md, Profiles). Every rule that depends on the profile is here and
/// nowhere else.
namespace sallyport::app {

/// From the weakest to the strictest.
enum class Profile { kDev, kStandard, kRegulated };

/// `dev`.
std::string_view name(Profile profile);
std::optional<Profile> profileFromName(std::string_view name);

/// Whether this program was built for tests: then `regulated` runs with a software token and the
/// mint in this process.
bool isTestBuild();

/// Whether this build serves the profile at all. Errors: kForbidden.
Status judgeProfile(Profile profile);

/// What holds for this service: profile and configuration together.
struct Policy {
    Profile profile;
    mint::SessionKind link_opens;  ///< what a redeemed link gives
    bool relay;
    bool create_accounts;
    std::int64_t limit_multiplier;
    bool dev_pages;  ///< /dev/outbox
    bool allows_test_clock;
    std::optional<http::PublicUrl> public_url;  ///< absent: http://localhost:PORT of the listener
    http::ListenAddress listen;
    http::ListenAddress operations;
    http::TrustedProxies trusted_proxies;
    bool proxies_only;                        ///< plain HTTP is taken from trusted proxies alone
    std::vector<action::TypePolicy> actions;  ///< that may be proposed beside the built-in ones
};

/// Errors: kInvalidRequest with the key's place for what the profile does not allow, kForbidden for
/// a profile that this build does not serve.
Result<Policy> policyOf(const Config& config);

/// `serve --port N`, for development: the listener's port is replaced, and public_url follows it.
/// Errors: kInvalidRequest outside `dev` and for a unix socket.
Result<Policy> withPort(Policy policy, std::uint16_t port);

/// The cookie rule reads it so: no `__Host-` and no Secure only in `dev` on a loopback http URL.
inline bool isDev(const Policy& policy) {
    return policy.profile == Profile::kDev;
}

/// May this service use a token of this model? Answers what operators must be told, empty if
/// nothing. Errors: kForbidden.
Result<std::string> judgeToken(Profile profile, bool allow_soft_token, std::string_view model);

/// May a database that was initialized for `installed` be served as `configured`? Never weaker.
/// Errors: kForbidden.
Status judgeInstallation(Profile configured, std::string_view installed);

}  // namespace sallyport::app
