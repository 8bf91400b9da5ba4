#pragma once

#include "token/public_key.h"

#include <vector>

namespace sallyport::token {

inline constexpr std::size_t kMostKeys = 16;
inline constexpr std::size_t kMostJwkSetBytes = std::size_t{64} * 1024;

/// One JWK as text, strictly: JSON without duplicate members. Errors: kInvalidRequest.
Result<PublicKey> parseJwk(std::string_view text);

/// A JWK set (RFC 7517 5) of 1 to 16 keys, at most 64 KiB. One that cannot be used is refused, not
/// passed over: the set is somebody's registration, and he should hear of it. Errors:
/// kInvalidRequest, also if two keys share a `kid` or are the same.
Result<std::vector<PublicKey>> parseJwkSet(std::string_view text);

/// Errors: kInvalidRequest if two keys share a `kid` or are the same, or there are too many.
Status checkDistinct(const std::vector<PublicKey>& keys);

}  // namespace sallyport::token
