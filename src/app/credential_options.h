#pragma once

#include "app/profile.h"
#include "credential/options.h"

namespace sallyport::app {

/// `[webauthn]` and the profile as the credential room takes them. Without `public_url` (a command
/// on the host, in `dev`) there are no origins and the domain is `localhost`. Errors: those of
/// attestationPolicy().
Result<credential::Options> credentialOptions(const Config& config,
                                              const Policy& policy,
                                              const std::optional<http::PublicUrl>& public_url);

}  // namespace sallyport::app
