#include "hsm/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

namespace sallyport::hsm {
namespace {

constexpr std::size_t kScalar = 32;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kBitString = 0x03;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

void freeDer(unsigned char* der) {
    OPENSSL_free(der);
}

template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Group = Owned<EC_GROUP, EC_GROUP_free>;
using EcdsaSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using ParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Der = Owned<unsigned char, freeDer>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

Error broken(std::string_view what) {
    return fail(ErrorCode::kIntegrity, std::string(what));
}

int length(ByteView bytes) {
    return static_cast<int>(bytes.size());
}

Result<Bytes> encode(const EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) return broken("a public key of the token cannot be encoded");
    const Der owner(der);
    return Bytes(der, der + size);
}

Result<Bytes> fromParameters(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    const bool good =
        parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    const Pkey key(made);
    if (!good) return broken("a public key of the token is not valid");
    const PkeyContext checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (checker == nullptr || EVP_PKEY_public_check(checker.get()) != 1) {
        return broken("a public key of the token is not valid");
    }
    return encode(key.get());
}

/// r‖s to the DER form that OpenSSL wants.
Result<Bytes> ecdsaDer(ByteView signature) {
    if (signature.size() != 2 * kScalar)
        return broken("an ES256 signature of the token has not 64 bytes");
    const EcdsaSignature parts(ECDSA_SIG_new());
    Number r(BN_bin2bn(signature.data(), kScalar, nullptr));
    Number s(BN_bin2bn(signature.data() + kScalar, kScalar, nullptr));
    if (parts == nullptr || r == nullptr || s == nullptr)
        return fail(ErrorCode::kInternal, "out of memory");
    ECDSA_SIG_set0(parts.get(), r.release(), s.release());
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &der);
    if (size <= 0) return broken("an ES256 signature of the token cannot be encoded");
    const Der owner(der);
    return Bytes(der, der + size);
}

}  // namespace

Result<Bytes> unwrapPoint(ByteView value, std::size_t size) {
    // The three forms differ in length, so the first bytes of a raw point are never mistaken for a
    // header.
    if (value.size() == size) return copyBytes(value);
    const auto inner = static_cast<std::uint8_t>(size);
    if (value.size() == size + 2 && value[0] == kOctetString && value[1] == inner)
        return copyBytes(value.subspan(2));
    if (value.size() == size + 3 && value[0] == kBitString && value[1] == inner + 1 &&
        value[2] == 0) {
        return copyBytes(value.subspan(3));
    }
    return broken("CKA_EC_POINT is in none of the known forms");
}

Result<Bytes> p256Spki(ByteView point) {
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const bool built =
        builder != nullptr &&
        OSSL_PARAM_BLD_push_utf8_string(
            builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(
            builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
    if (!built) return fail(ErrorCode::kInternal, "out of memory");
    return fromParameters("EC", builder.get());
}

Result<Bytes> ed25519Spki(ByteView point) {
    const Pkey key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size()));
    if (key == nullptr) return broken("a public key of the token is not valid");
    return encode(key.get());
}

Result<Bytes> rsaSpki(ByteView modulus, ByteView exponent) {
    const Number n(BN_bin2bn(modulus.data(), length(modulus), nullptr));
    const Number e(BN_bin2bn(exponent.data(), length(exponent), nullptr));
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const bool built = n != nullptr && e != nullptr && builder != nullptr &&
                       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
    if (!built) return fail(ErrorCode::kInternal, "out of memory");
    return fromParameters("RSA", builder.get());
}

Result<Bytes> lowS(Bytes signature) {
    if (signature.size() != 2 * kScalar)
        return broken("an ES256 signature of the token has not 64 bytes");
    const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const Number s(BN_bin2bn(signature.data() + kScalar, kScalar, nullptr));
    const Number half(BN_new());
    if (group == nullptr || s == nullptr || half == nullptr)
        return fail(ErrorCode::kInternal, "out of memory");
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    if (BN_rshift1(half.get(), order) != 1) return fail(ErrorCode::kInternal, "out of memory");
    if (BN_cmp(s.get(), half.get()) <= 0) return signature;
    if (BN_sub(s.get(), order, s.get()) != 1 || BN_is_negative(s.get()) == 1) {
        return broken("an ES256 signature of the token is out of range");
    }
    if (BN_bn2binpad(s.get(), signature.data() + kScalar, kScalar) != static_cast<int>(kScalar)) {
        return fail(ErrorCode::kInternal, "out of memory");
    }
    return signature;
}

Status verifySignature(KeyAlgorithm algorithm,
                       ByteView spki,
                       ByteView message,
                       ByteView signature) {
    const unsigned char* der = spki.data();
    // NOLINTNEXTLINE(google-runtime-int): OpenSSL's type of a length
    const Pkey key(d2i_PUBKEY(nullptr, &der, static_cast<long>(spki.size())));
    const DigestContext context(EVP_MD_CTX_new());
    if (key == nullptr || context == nullptr)
        return broken("a public key of the ring cannot be read");
    Bytes presented = copyBytes(signature);
    if (algorithm == KeyAlgorithm::kEs256) {
        SALLYPORT_TRY(presented, ecdsaDer(signature));
    }
    const EVP_MD* digest = algorithm == KeyAlgorithm::kEd25519 ? nullptr : EVP_sha256();
    const bool good =
        EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(
            context.get(), presented.data(), presented.size(), message.data(), message.size()) == 1;
    if (!good)
        return broken("the token's signature does not verify under the public key of the ring");
    return {};
}

}  // namespace sallyport::hsm
