#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::http {

struct RequestTarget {
    std::string path;   ///< decoded
    std::string query;  ///< as sent, without "?"
};

/// Origin-form only (RFC 9112 3.2.1). Absent for any other form, a bad or needless-to-us escape
/// (control bytes, "/", "\", beyond ASCII), a dot segment, or a byte that RFC 3986 does not allow
/// there.
std::optional<RequestTarget> parseTarget(std::string_view target);

}  // namespace sallyport::http
