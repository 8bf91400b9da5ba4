#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"

#include <optional>

/// AES-256-GCM in this process, for keys that are no device keys: the erasable part of an owner's
/// row. What must not be lost to a reader of this process's memory belongs into the device.
namespace sallyport::aead {

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kOverhead = 12 + 16;  ///< iv and tag

/// `iv ‖ ciphertext ‖ tag` with a fresh random iv. `key` has kKeySize bytes; `aad` and the
/// result are at most 1 MiB.
Bytes encrypt(const Secret& key, ByteView aad, ByteView plaintext, Random& random);

/// Empty unless it was made with this key and `aad`, and in any case above 1 MiB. `key` has
/// kKeySize bytes.
std::optional<Secret> decrypt(const Secret& key, ByteView aad, ByteView ciphertext);

}  // namespace sallyport::aead
