#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string>

namespace sallyport::fido {

/// What the client says about the ceremony (WebAuthn L3 5.8.1); read from bytes, not yet judged.
struct ClientData {
    std::string type;
    Bytes challenge;
    std::string origin;
    bool cross_origin = false;  ///< absent means false
    bool has_top_origin = false;

    /// WebAuthn L3 7.1 steps 5 and 6: a byte order mark is taken off, then strict UTF-8 and JSON. A
    /// member twice is refused at every depth, members that are not known are not looked at, in any
    /// order. Errors: kInvalidRequest, also for over 4 KiB, for `crossOrigin` that is no boolean
    /// and for a challenge that is no canonical base64url.
    static Result<ClientData> parse(ByteView json);
};

}  // namespace sallyport::fido
