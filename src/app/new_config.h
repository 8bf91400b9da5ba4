#pragma once

#include "app/profile.h"
#include "base/json.h"
#include "base/random.h"
#include "base/secret.h"

#include <string>

/// What `init` writes before there is anything: configuration, development token.
namespace sallyport::app {

/// The configuration of a new installation: paths in `state`, a SoftHSM token there if `dev_token`,
/// examples to be replaced by the operator otherwise.
std::string newConfig(Profile profile, const std::string& state, bool dev_token);

/// Writes a file that is not there yet, mode 0600, whole or not at all. Errors: kConflict if it is
/// there, kUnavailable.
Status writeNewFile(const std::string& path, ByteView contents);

/// Makes a SoftHSM token in `state` as the configuration names it: its SoftHSM configuration, a
/// random PIN in `hsm.pin_file`, the token. Begins afresh where an earlier try stopped, so only for
/// an installation that is not initialized.
Status makeDevToken(const Config& config, const std::string& state, Random& random);

}  // namespace sallyport::app
