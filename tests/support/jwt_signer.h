#pragma once

#include "base/base64url.h"
#include "base/json.h"
#include "token/algorithm.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace sallyport::test {

/// A key pair of a client and the compact JWS that it signs, right or as wrong as a test wants:
/// header and payload go in as they are. Its own code, so that it judges ours.
class JwtSigner {
  public:
    explicit JwtSigner(token::Algorithm algorithm = token::Algorithm::kEs256, std::string kid = {})
        : algorithm_(algorithm), kid_(std::move(kid)), key_(made(algorithm), EVP_PKEY_free) {
        SALLYPORT_ASSERT(key_ != nullptr);
    }

    std::string jwk() const { return Json(jwkMembers()).text(); }

    Json::Object jwkMembers() const {
        Json::Object jwk{{"alg", name(algorithm_)}};
        if (!kid_.empty()) jwk.emplace("kid", kid_);
        switch (algorithm_) {
            case token::Algorithm::kEs256:
            case token::Algorithm::kEs384:
                jwk.emplace("kty", "EC");
                jwk.emplace("crv", half() == 32 ? "P-256" : "P-384");
                jwk.emplace("x", number(OSSL_PKEY_PARAM_EC_PUB_X, half()));
                jwk.emplace("y", number(OSSL_PKEY_PARAM_EC_PUB_Y, half()));
                break;
            case token::Algorithm::kEdDsa: {
                Bytes raw(32);
                std::size_t size = raw.size();
                SALLYPORT_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) == 1);
                jwk.emplace("kty", "OKP");
                jwk.emplace("crv", "Ed25519");
                jwk.emplace("x", base64url::encode(raw));
                break;
            }
            case token::Algorithm::kRs256:
            case token::Algorithm::kPs256:
                jwk.emplace("kty", "RSA");
                jwk.emplace("n", number(OSSL_PKEY_PARAM_RSA_N, 256));
                jwk.emplace("e", "AQAB");
                break;
        }
        return jwk;
    }

    Bytes spki() const {
        unsigned char* out = nullptr;
        const int size = i2d_PUBKEY(key_.get(), &out);
        Bytes der(out, out + size);
        OPENSSL_free(out);
        return der;
    }

    /// With the header that belongs to the key.
    std::string sign(const Json::Object& claims, std::string_view typ = "JWT") const {
        Json::Object header{{"alg", name(algorithm_)}, {"typ", typ}};
        if (!kid_.empty()) header.emplace("kid", kid_);
        return signText(Json(header).text(), Json(claims).text());
    }

    std::string signText(std::string_view header, std::string_view payload) const {
        const std::string input =
            base64url::encode(asBytes(header)) + "." + base64url::encode(asBytes(payload));
        return input + "." + base64url::encode(signature(input));
    }

    Bytes signature(std::string_view input) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                         EVP_MD_CTX_free);
        EVP_PKEY_CTX* parameters = nullptr;
        const EVP_MD* digest = algorithm_ == token::Algorithm::kEdDsa   ? nullptr
                               : algorithm_ == token::Algorithm::kEs384 ? EVP_sha384()
                                                                        : EVP_sha256();
        SALLYPORT_ASSERT(
            EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, key_.get()) == 1);
        if (algorithm_ == token::Algorithm::kPs256) {
            SALLYPORT_ASSERT(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
            SALLYPORT_ASSERT(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) == 1);
        }
        Bytes out(1024);
        std::size_t size = out.size();
        const ByteView bytes = asBytes(input);
        SALLYPORT_ASSERT(
            EVP_DigestSign(context.get(), out.data(), &size, bytes.data(), bytes.size()) == 1);
        out.resize(size);
        return half() == 0 ? out : joined(out);
    }

  private:
    static EVP_PKEY* made(token::Algorithm algorithm) {
        switch (algorithm) {
            case token::Algorithm::kEs256:
                return EVP_EC_gen("P-256");
            case token::Algorithm::kEs384:
                return EVP_EC_gen("P-384");
            case token::Algorithm::kEdDsa:
                return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
            case token::Algorithm::kRs256:
            case token::Algorithm::kPs256:
                return EVP_RSA_gen(2048);
        }
        return nullptr;
    }

    std::size_t half() const {
        if (algorithm_ == token::Algorithm::kEs256) return 32;
        return algorithm_ == token::Algorithm::kEs384 ? 48 : 0;
    }

    std::string number(const char* parameter, std::size_t size) const {
        BIGNUM* value = nullptr;
        SALLYPORT_ASSERT(EVP_PKEY_get_bn_param(key_.get(), parameter, &value) == 1);
        Bytes bytes(size);
        SALLYPORT_ASSERT(BN_bn2binpad(value, bytes.data(), static_cast<int>(size)) ==
                         static_cast<int>(size));
        BN_free(value);
        return base64url::encode(bytes);
    }

    /// R ‖ S of a DER signature.
    Bytes joined(const Bytes& der) const {
        const unsigned char* at = der.data();
        ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
        SALLYPORT_ASSERT(pair != nullptr);
        Bytes out(2 * half());
        const int size = static_cast<int>(half());
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), out.data(), size);
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), out.data() + half(), size);
        ECDSA_SIG_free(pair);
        return out;
    }

    token::Algorithm algorithm_;
    std::string kid_;
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace sallyport::test
