#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::fido {

/// The COSE algorithms that credentials may have (IANA "COSE Algorithms").
enum class Algorithm : int { kEs256 = -7, kEdDsa = -8, kEs384 = -35, kRs256 = -257 };

/// `ES256`, `EdDSA`, `ES384`, `RS256`.
std::string_view name(Algorithm algorithm);

/// Nothing for a number that is none of ours.
std::optional<Algorithm> algorithmFromCose(std::int64_t number);

/// What is offered at enrolment and accepted there: ES256 and EdDSA. ES384 and RS256 are verified
/// but not registered unless asked for.
const std::vector<Algorithm>& defaultAlgorithms();

/// A credential public key (WebAuthn L3 6.5.1.1, RFC 9052 7) that was found sound: kty, alg and crv
/// agree, the coordinates have their length and are a point of the curve, an RSA key has 2048 bits
/// and the public exponent 65537 (libfido2 knows no other size).
class CoseKey {
  public:
    /// `bytes` is the whole key, nothing behind it. Errors: kInvalidRequest.
    static Result<CoseKey> parse(ByteView bytes);

    Algorithm algorithm() const { return algorithm_; }

    /// `x || y` of ES256 and ES384, the 32 bytes of Ed25519, modulus || exponent of RS256: the form
    /// that libfido2's keys are made from.
    const Bytes& material() const { return material_; }

  private:
    CoseKey() = default;

    Algorithm algorithm_ = Algorithm::kEs256;
    Bytes material_;
};

}  // namespace sallyport::fido
