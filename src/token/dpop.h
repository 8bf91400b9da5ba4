#pragma once

#include "base/clock.h"
#include "token/jws.h"

#include <optional>

/// Proofs of possession (RFC 9449): a JWT that brings its own key, so that a token which names the
/// key is worth nothing to whoever stole it.
namespace sallyport::token {

/// A proof whose form and signature are right (RFC 9449 4.3, checks 2 to 7): whoever sent it has
/// the key. What it is for is judged by checkProof().
struct DpopProof {
    Digest jkt{};       ///< the key's SHA-256 thumbprint (RFC 7638), `cnf.jkt` of tokens
    std::string jti;    ///< at most 128 bytes; to be seen once
    std::string htm;    ///< the method
    std::string htu;    ///< the address, as sent
    Time issued;        ///< `iat`
    std::string ath;    ///< of an access token; empty if there is none
    std::string nonce;  ///< ours, as presented; empty if there is none

    /// Errors: kUnauthenticated whatever is wrong with it.
    static Result<DpopProof> parse(std::string_view compact);
};

/// What a proof must be for.
struct DpopUse {
    std::string_view method;
    std::string_view uri;           ///< `https://login.example.org/oauth2/token`
    std::string_view access_token;  ///< that it comes with; empty at the token endpoint
};

/// How far `iat` may be from our clock, either way (RFC 9449 11.1).
inline constexpr Duration kDpopWindow = std::chrono::seconds(60);

/// RFC 9449 4.3, checks 8, 9, 11 and 12; `jti`, `nonce` and the token's key are the caller's.
/// Errors: kUnauthenticated.
Status checkProof(const DpopProof& proof, const DpopUse& use, Time now);

}  // namespace sallyport::token
