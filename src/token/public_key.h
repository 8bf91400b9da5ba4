#pragma once

#include "base/json.h"
#include "token/algorithm.h"

#include <memory>

struct evp_pkey_st;

namespace sallyport::token {

/// A public key that tokens are verified with. It has one algorithm, and no token chooses another
/// (RFC 8725 3.1). A value; sharing it between threads is fine.
class PublicKey {
  public:
    /// From a JWK (RFC 7517 4): `EC` of P-256 or P-384 with a point on the curve, `OKP` Ed25519
    /// (RFC 8037), `RSA` of 2048 to 4096 bits with an exponent of at least 65537. `alg` must agree
    /// with the curve and must be there for RSA; `use` and `key_ops`, if there, allow verifying and
    /// nothing else; `kid` has at most 128 bytes. Unknown members are passed over. Errors:
    /// kInvalidRequest, also for a JWK with a private member: whoever reads it would have the key.
    static Result<PublicKey> fromJwk(const Json& jwk);

    /// From a DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7), under the same rules. Errors:
    /// kInvalidRequest.
    static Result<PublicKey> fromSpki(ByteView der, Algorithm algorithm);

    Algorithm algorithm() const { return algorithm_; }

    /// Empty if the JWK named none.
    const std::string& kid() const { return kid_; }

    /// base64url of the SHA-256 thumbprint (RFC 7638 3).
    const std::string& thumbprint() const { return thumbprint_; }

    /// The public members of the JWK with `alg`, `use` "sig" and, if there is one, `kid`.
    Json jwk() const;

    /// The same key under this `kid`.
    PublicKey named(std::string kid) const {
        PublicKey key = *this;
        key.kid_ = std::move(kid);
        return key;
    }

    /// The handle of the crypto library, for verify.cc.
    evp_pkey_st* handle() const { return handle_.get(); }

  private:
    PublicKey() = default;

    /// From the members that RFC 7638 3.2 asks for, found right.
    static Result<PublicKey> make(std::shared_ptr<evp_pkey_st> handle,
                                  Algorithm algorithm,
                                  Json::Object required);

    std::shared_ptr<evp_pkey_st> handle_;
    Algorithm algorithm_ = Algorithm::kEs256;
    Json::Object required_;
    std::string kid_;
    std::string thumbprint_;
};

}  // namespace sallyport::token
