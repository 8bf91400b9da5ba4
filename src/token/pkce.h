#pragma once

#include "base/result.h"

#include <string_view>

/// Proof key for code exchange with S256, the only method (RFC 7636; RFC 9700 2.1.1).
namespace sallyport::token {

/// Is this what S256 makes: base64url of 32 bytes?
bool isPkceChallenge(std::string_view challenge);

/// RFC 7636 4.6. Errors: kUnauthenticated for a verifier of another form (4.1: 43 to 128 unreserved
/// characters) or of another challenge.
Status checkPkce(std::string_view verifier, std::string_view challenge);

}  // namespace sallyport::token
