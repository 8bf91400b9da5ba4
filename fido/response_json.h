#pragma once

#include "base/bytes.h"
#include "base/json.h"

#include <string>
#include <vector>

/// The JSON forms of WebAuthn L3 5.1.8: what both responses have in common.
namespace sallyport::fido {

/// WebAuthn L3 says no limit; this is eight times what any client writes.
inline constexpr std::size_t kMostClientData = 4096;
inline constexpr std::size_t kMostAttestationObject = std::size_t{32} * 1024;
inline constexpr std::size_t kMostAuthenticatorData = 2048;
inline constexpr std::size_t kMostCredentialId = 1023;
inline constexpr std::size_t kMostUserHandle = 64;
/// RSA with 4096 bits, or any ECDSA signature in DER.
inline constexpr std::size_t kMostSignature = 512;

/// The value of base64url member `name` of `object`. Errors: kInvalidRequest if it is absent, no
/// string, not canonical, empty, or over `max_bytes`.
Result<Bytes> bytesMember(const Json& object, std::string_view name, std::size_t max_bytes);

/// The credential id of a response whose `id` and `rawId` agree and whose `type` is "public-key"
/// (R1). Errors: kInvalidRequest.
Result<Bytes> credentialIdOf(const Json& response);

/// Member `response` of a response. Errors: kInvalidRequest if it is no object.
Result<const Json*> innerResponseOf(const Json& response);

/// Member `transports`: sorted, each once; hints that nobody trusts, so what is unknown stays.
/// Errors: kInvalidRequest if it is there and is no list of at most 8 short lower-case words.
Result<std::vector<std::string>> transportsOf(const Json& inner);

}  // namespace sallyport::fido
