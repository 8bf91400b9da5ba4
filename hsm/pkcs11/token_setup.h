#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace sallyport::hsm::pkcs11 {

/// A token to be made, for development and tests: on a real device this is a ceremony of its
/// security officers.
struct TokenSetup {
    std::string module_path;
    bool require_root_owned_module = true;
    std::string label;  ///< 1 to 32 bytes
    Secret officer_pin;
    Secret user_pin;
};

/// Initializes the first slot whose token is not initialized yet (C_InitToken) and sets the user
/// PIN (C_InitPIN). The library is finalized again when this returns. Errors: kConflict if a token
/// has the label already, or the module is in use in this process; kNotFound if no slot has an
/// uninitialized token; those of Module::load.
Status initializeToken(const TokenSetup& setup);

}  // namespace sallyport::hsm::pkcs11
