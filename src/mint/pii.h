#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "mint/mint.h"

/// The part of an encryption that the owner's row decides: deleting its 32 bytes makes the
/// ciphertext noise in every backup, without touching a key in the device.
namespace sallyport::mint::pii {

/// Pads to one of few sizes, so that the ciphertext does not tell the length, and encrypts under
/// the part. Errors: kInvalidRequest (a part that is not 32 bytes, more than 320 bytes of
/// plaintext).
Result<Bytes> wrap(const EncryptPii& request, ByteView aad, Random& random);

/// Empty unless wrap() made it with this part and `aad`.
std::optional<Secret> unwrap(const Secret& part, ByteView aad, ByteView wrapped);

}  // namespace sallyport::mint::pii
