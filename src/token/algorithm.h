#pragma once

#include <optional>
#include <string_view>

namespace sallyport::token {

/// How a JWS is signed (RFC 7518 3.1, RFC 8037 3.1). There is no `none` and no MAC among them
/// (RFC 8725 3.1, 3.2).
enum class Algorithm { kEs256, kEs384, kEdDsa, kRs256, kPs256 };

/// `ES256`.
std::string_view name(Algorithm algorithm);

/// Exact: RFC 7515 4.1.1 names are case-sensitive.
std::optional<Algorithm> algorithmFromName(std::string_view text);

}  // namespace sallyport::token
