#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

#include <optional>
#include <string>

namespace sallyport::session {

/// How many random bytes a login cookie holds.
inline constexpr std::size_t kLoginCookieSize = 32;

/// Who asks to sign in, as the HTTP side knows him.
struct Requester {
    std::string source;  ///< address, or /64 prefix; never logged
    bool shared_source =
        false;  ///< of `limits.shared_sources`: counted per browser, and never a known browser
    std::string browser;          ///< from a closed list: `Firefox on Windows`
    std::string language = "en";  ///< from the catalogue's list
    std::optional<Secret> login_cookie;
    std::optional<Secret> known_cookie;
};

/// SHA-256 of the 32 bytes in a login cookie. Errors: kInvalidRequest.
Result<Digest> bindingOf(const Secret& login_cookie);

/// What limits count a requester as: his source, or on a shared source his browser; empty for a new
/// browser there, which has no name yet.
std::string countedSource(const Requester& requester);

}  // namespace sallyport::session
