#pragma once

#include "base/result.h"
#include "hsm/key_purpose.h"

#include <string>

namespace sallyport::mint {

/// base64url of the RFC 7638 thumbprint of a public key (SHA-256 of its JWK's required members).
/// Errors: kInternal for a key that is not of this algorithm.
Result<std::string> keyIdOf(hsm::KeyAlgorithm algorithm, ByteView spki);

}  // namespace sallyport::mint
