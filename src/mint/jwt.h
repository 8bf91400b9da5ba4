#pragma once

#include "mint/key_ring.h"

/// Tokens that others verify by our public keys (RFC 7519, 7515).
namespace sallyport::mint {

/// The key pairs of the ring as the device has them. Errors: kIntegrity if the device has another
/// key than the ring names, or lacks one.
Result<PublicKeyList> publicKeysOf(const KeyRing& ring, hsm::Device& device, Deadline deadline);

/// Errors: as of SignJwt, and those of the device.
Result<SignedJwt> signJwt(const SignJwt& request,
                          std::string_view issuer,
                          Time now,
                          const KeyRing& ring,
                          hsm::Device& device,
                          Deadline deadline);

}  // namespace sallyport::mint
