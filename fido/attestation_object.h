#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::fido {

/// WebAuthn L3 6.5.4: read from bytes, not yet judged.
struct AttestationObject {
    std::string format;
    Bytes authenticator_data;
    Bytes statement;  ///< the CBOR map

    /// Exactly `fmt`, `authData` and `attStmt`, and nothing behind them. Errors: kInvalidRequest,
    /// also for over 32 KiB.
    static Result<AttestationObject> parse(ByteView bytes);
};

/// The statement of format `packed` (WebAuthn L3 8.2).
struct PackedStatement {
    std::int64_t algorithm = 0;  ///< COSE number, whatever it is
    Bytes signature;
    std::vector<Bytes> x5c;  ///< leaf first; empty is self attestation

    /// Exactly `alg`, `sig` and perhaps `x5c`, which is not empty then and has at most 8
    /// certificates. Errors: kInvalidRequest.
    static Result<PackedStatement> parse(ByteView bytes);
};

}  // namespace sallyport::fido
