#pragma once

#include "base/json.h"
#include "token/algorithm.h"

namespace sallyport::token {

inline constexpr std::size_t kMostJwsBytes = std::size_t{24} * 1024;

/// A compact JWS (RFC 7515 3.1) taken apart, and not believed: its claims are read through
/// verify(). Members of the header that bring a key (`jwk`, `jku`, `x5u`, `x5c`) are never looked
/// at (RFC 8725 3.10), but for embeddedKey().
struct Jws {
    Algorithm algorithm = Algorithm::kEs256;  ///< what the header claims
    std::string kid;                          ///< empty if there is none
    std::string typ;                          ///< empty if there is none; the caller compares it
    std::string signing_input;                ///< as sent: `<header>.<payload>`
    Bytes payload;
    Bytes signature;

    /// Strict: exactly three parts of canonical base64url, at most 24 KiB; a header of at most 1
    /// KiB, JSON without duplicate members. Errors: kInvalidRequest, also for an algorithm that is
    /// not one of Algorithm (so `none` and every MAC), for `crit` (RFC 7515 4.1.11) and for `b64`
    /// (RFC 7797).
    static Result<Jws> parse(std::string_view compact);

    /// A claim that says whose key to look for; nothing may be done with it before verify(). Empty
    /// if there is no such text.
    std::string unverifiedText(std::string_view claim) const;
};

/// The `jwk` of the header: only for proofs of possession, which say nothing but that their sender
/// has this key (RFC 9449). Errors: kInvalidRequest if there is none.
Result<Json> embeddedKey(const Jws& jws);

}  // namespace sallyport::token
