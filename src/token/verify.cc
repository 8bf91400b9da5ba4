#include "token/verify.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace sallyport::token {
namespace {

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

using Digesting = std::unique_ptr<EVP_MD_CTX, Free>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free>;

const EVP_MD* digestOf(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::kEs256:
        case Algorithm::kRs256:
        case Algorithm::kPs256:
            return EVP_sha256();
        case Algorithm::kEs384:
            return EVP_sha384();
        case Algorithm::kEdDsa:
            break;  // hashes by itself
    }
    return nullptr;
}

/// RFC 7518 3.4: R ‖ S, each as long as the curve's order; the library wants DER. Empty if it is
/// not so.
Bytes derOf(const Bytes& signature, std::size_t half) {
    if (signature.size() != 2 * half) return {};
    const auto number = [&](std::size_t from) {
        return BN_bin2bn(signature.data() + from, static_cast<int>(half), nullptr);
    };
    const EcdsaSignature pair(ECDSA_SIG_new());
    // The pair takes both numbers, or none.
    if (!pair || ECDSA_SIG_set0(pair.get(), number(0), number(half)) != 1) return {};
    const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
    if (size <= 0) return {};
    Bytes der(static_cast<std::size_t>(size));
    unsigned char* out = der.data();
    i2d_ECDSA_SIG(pair.get(), &out);
    return der;
}

Bytes signatureFor(Algorithm algorithm, const Bytes& signature) {
    if (algorithm == Algorithm::kEs256) return derOf(signature, 32);
    if (algorithm == Algorithm::kEs384) return derOf(signature, 48);
    return signature;
}

/// RFC 7518 3.5: MGF1 with SHA-256, a salt as long as the digest.
bool setPadding(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

bool isSigned(const Jws& jws, const PublicKey& key) {
    const Algorithm algorithm = key.algorithm();
    const Bytes signature = signatureFor(algorithm, jws.signature);
    if (signature.empty()) return false;
    const Digesting context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    if (!context ||
        EVP_DigestVerifyInit(
            context.get(), &parameters, digestOf(algorithm), nullptr, key.handle()) != 1)
        return false;
    if (algorithm == Algorithm::kPs256 && !setPadding(parameters)) return false;
    const ByteView input = asBytes(jws.signing_input);
    return EVP_DigestVerify(
               context.get(), signature.data(), signature.size(), input.data(), input.size()) == 1;
}

}  // namespace

Result<VerifiedJws> verify(const Jws& jws, const PublicKey& key) {
    // RFC 8725 3.1: the algorithm is the key's, and a header that claims another one is no mistake.
    if (jws.algorithm != key.algorithm())
        return fail(ErrorCode::kUnauthenticated, "JWS: not the algorithm of the key");
    if (!jws.kid.empty() && !key.kid().empty() && jws.kid != key.kid())
        return fail(ErrorCode::kUnauthenticated, "JWS: not the kid of the key");
    const bool right = isSigned(jws, key);
    ERR_clear_error();
    if (!right) return fail(ErrorCode::kUnauthenticated, "JWS: a wrong signature");
    return VerifiedJws(jws.typ, jws.payload);
}

}  // namespace sallyport::token
