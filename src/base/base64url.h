#pragma once

#include "base/bytes.h"
#include "base/result.h"

/// base64url as RFC 4648 section 5 without padding; the strict reader refuses what has a second
/// spelling.
namespace sallyport::base64url {

std::string encode(ByteView bytes);

/// Errors: kInvalidRequest for padding, white space, other alphabets, an impossible length,
/// non-zero trailing bits (RFC 4648 3.5), or more than `max_bytes` decoded bytes.
Result<Bytes> decode(std::string_view text, std::size_t max_bytes);

}  // namespace sallyport::base64url
