#include "token/public_key.h"

#include "base/base64url.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <array>

namespace sallyport::token {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Context = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using Handle = std::shared_ptr<evp_pkey_st>;

constexpr std::size_t kLeastRsaBits = 2048;
constexpr std::size_t kMostRsaBits = 4096;
constexpr std::size_t kMostKid = 128;
constexpr std::uint8_t kUncompressed = 0x04;  // SEC 1, 2.3.3

/// A curve by the names of RFC 7518 6.2.1.1 and of the library.
struct Curve {
    std::string_view name;
    const char* group;
    std::size_t coordinate;
    Algorithm algorithm;
};

constexpr std::array<Curve, 2> kCurves{{{"P-256", "prime256v1", 32, Algorithm::kEs256},
                                        {"P-384", "secp384r1", 48, Algorithm::kEs384}}};

Error refused(std::string_view what) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidRequest, "JWK: " + std::string(what));
}

Handle owned(EVP_PKEY* key) {
    return {key, [](EVP_PKEY* held) { EVP_PKEY_free(held); }};
}

/// Null if the library does not take it.
Handle fromParameters(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return owned(key);
}

Result<Bytes> member(const Json& jwk, std::string_view name, std::size_t max_bytes) {
    const Json* value = jwk.find(name);
    const std::string* text = value == nullptr ? nullptr : value->asString();
    if (text == nullptr) return refused("no " + std::string(name));
    auto bytes = base64url::decode(*text, max_bytes);
    if (!bytes) return refused("no base64url in " + std::string(name));
    return bytes;
}

/// Of exactly this size: RFC 7518 6.2.1.2 forbids a shortened coordinate.
Result<Bytes> fixedMember(const Json& jwk, std::string_view name, std::size_t size) {
    SALLYPORT_TRY(Bytes bytes, member(jwk, name, size));
    if (bytes.size() != size) return refused("a size of " + std::string(name));
    return bytes;
}

/// Base64urlUInt of RFC 7518 2: no leading zero.
Result<Bytes> numberMember(const Json& jwk, std::string_view name, std::size_t max_bytes) {
    SALLYPORT_TRY(Bytes bytes, member(jwk, name, max_bytes));
    if (bytes.empty() || bytes.front() == 0) return refused("a number in " + std::string(name));
    return bytes;
}

std::string textMember(const Json& jwk, std::string_view name) {
    const Json* value = jwk.find(name);
    const std::string* text = value == nullptr ? nullptr : value->asString();
    return text == nullptr ? std::string() : *text;
}

/// Whether the library finds the point on its curve and not at infinity.
bool isOnCurve(const Handle& key) {
    const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    const bool right = context && EVP_PKEY_public_check(context.get()) == 1;
    ERR_clear_error();
    return right;
}

Result<Handle> ellipticKey(const Curve& curve, ByteView x, ByteView y) {
    Bytes point{kUncompressed};
    point.insert(point.end(), x.begin(), x.end());
    point.insert(point.end(), y.begin(), y.end());
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(
            builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(
            builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return refused("the library refuses the point");
    Handle key = fromParameters("EC", builder.get());
    // NIST SP 800-56A 5.6.2.3.4: a point off the curve is an attack on whoever computes with it.
    if (!key || !isOnCurve(key)) return refused("a point that is not on the curve");
    return key;
}

Result<Handle> rsaKey(ByteView modulus, ByteView exponent) {
    if ((modulus.back() & 1U) == 0 || (exponent.back() & 1U) == 0)
        return refused("an even number in an RSA key");
    std::uint64_t e = 0;
    for (const std::uint8_t byte : exponent) e = (e << 8U) | byte;
    // FIPS 186-5 5.4: greater than 2^16.
    if (e <= 65536) return refused("an RSA exponent below 65537");
    const Number n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
    const Number public_exponent(
        BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!n || !public_exponent || !builder) return refused("the library refuses the number");
    const auto bits = static_cast<std::size_t>(BN_num_bits(n.get()));
    if (bits < kLeastRsaBits || bits > kMostRsaBits)
        return refused("an RSA key must have 2048 to 4096 bits");
    if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, public_exponent.get()) != 1)
        return refused("the library refuses the number");
    Handle key = fromParameters("RSA", builder.get());
    if (!key) return refused("the library refuses the RSA key");
    return key;
}

/// RFC 7517 4.2, 4.3 and RFC 7518 6: whoever publishes a private member has no key any more.
Status checkUse(const Json& jwk) {
    for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
        if (jwk.find(secret) != nullptr) return refused("it holds a private key");
    if (jwk.find("use") != nullptr && textMember(jwk, "use") != "sig")
        return refused("its use is not sig");
    if (const Json* operations = jwk.find("key_ops")) {
        const Json::Array* array = operations->asArray();
        if (array == nullptr || array->size() != 1 || array->front() != Json("verify"))
            return refused("its key_ops are not verify alone");
    }
    return {};
}

/// What the JWK says of its algorithm; empty if nothing.
Result<std::optional<Algorithm>> declared(const Json& jwk) {
    if (jwk.find("alg") == nullptr) return std::optional<Algorithm>();
    const auto algorithm = algorithmFromName(textMember(jwk, "alg"));
    if (!algorithm) return refused("an alg that is not ES256, ES384, EdDSA, RS256 or PS256");
    return algorithm;
}

/// What is left of a JWK once its kind of key is known.
struct Parsed {
    Handle handle;
    Algorithm algorithm;
    Json::Object required;
};

Result<Parsed> parseElliptic(const Json& jwk) {
    const std::string name = textMember(jwk, "crv");
    for (const Curve& curve : kCurves) {
        if (curve.name != name) continue;
        SALLYPORT_TRY(const Bytes x, fixedMember(jwk, "x", curve.coordinate));
        SALLYPORT_TRY(const Bytes y, fixedMember(jwk, "y", curve.coordinate));
        SALLYPORT_TRY(Handle handle, ellipticKey(curve, x, y));
        return Parsed{std::move(handle),
                      curve.algorithm,
                      {{"kty", "EC"},
                       {"crv", name},
                       {"x", base64url::encode(x)},
                       {"y", base64url::encode(y)}}};
    }
    return refused("a curve that is not P-256 or P-384");
}

Result<Parsed> parseEdwards(const Json& jwk) {
    constexpr std::size_t kSize = 32;
    if (textMember(jwk, "crv") != "Ed25519") return refused("a curve that is not Ed25519");
    SALLYPORT_TRY(const Bytes x, fixedMember(jwk, "x", kSize));
    Handle handle =
        owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()));
    if (!handle) return refused("the library refuses the Ed25519 key");
    return Parsed{std::move(handle),
                  Algorithm::kEdDsa,
                  {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url::encode(x)}}};
}

Result<Parsed> parseRsa(const Json& jwk, std::optional<Algorithm> algorithm) {
    // Both RS256 and PS256 would fit: a token must not choose (RFC 8725 3.1).
    if (!algorithm) return refused("an RSA key must say its alg: RS256 or PS256");
    SALLYPORT_TRY(const Bytes n, numberMember(jwk, "n", kMostRsaBits / 8));
    SALLYPORT_TRY(const Bytes e, numberMember(jwk, "e", 4));
    SALLYPORT_TRY(Handle handle, rsaKey(n, e));
    if (*algorithm != Algorithm::kRs256 && *algorithm != Algorithm::kPs256)
        return refused("its alg is not one of an RSA key");
    return Parsed{std::move(handle),
                  *algorithm,
                  {{"kty", "RSA"}, {"n", base64url::encode(n)}, {"e", base64url::encode(e)}}};
}

Result<Parsed> parse(const Json& jwk) {
    SALLYPORT_TRY(const auto algorithm, declared(jwk));
    const std::string type = textMember(jwk, "kty");
    if (type == "RSA") return parseRsa(jwk, algorithm);
    if (type != "EC" && type != "OKP") return refused("a kty that is not EC, OKP or RSA");
    auto parsed = type == "EC" ? parseElliptic(jwk) : parseEdwards(jwk);
    if (parsed && algorithm && *algorithm != parsed->algorithm)
        return refused("its alg is not the one of its curve");
    return parsed;
}

/// A number or point of a key of the library, as bytes.
Bytes numberOf(const EVP_PKEY* key, const char* parameter, std::size_t size) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) return {};
    const Number number(raw);
    Bytes bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : size);
    if (BN_bn2binpad(raw, bytes.data(), static_cast<int>(bytes.size())) < 0) return {};
    return bytes;
}

/// The JWK of a key of the library; what its curve or type is not known for becomes refusable.
Json jwkOf(const EVP_PKEY* key, Algorithm algorithm) {
    Json::Object jwk{{"alg", name(algorithm)}};
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        std::array<char, 32> group{};
        std::size_t length = 0;
        EVP_PKEY_get_group_name(key, group.data(), group.size(), &length);
        for (const Curve& curve : kCurves) {
            if (std::string_view(group.data(), length) != curve.group) continue;
            jwk.emplace("kty", "EC");
            jwk.emplace("crv", curve.name);
            for (const auto& [member, parameter] :
                 {std::pair{"x", OSSL_PKEY_PARAM_EC_PUB_X}, {"y", OSSL_PKEY_PARAM_EC_PUB_Y}})
                jwk.emplace(member, base64url::encode(numberOf(key, parameter, curve.coordinate)));
        }
    } else if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        Bytes raw(32);
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key, raw.data(), &size);
        jwk.emplace("kty", "OKP");
        jwk.emplace("crv", "Ed25519");
        jwk.emplace("x", base64url::encode(raw));
    } else if (EVP_PKEY_is_a(key, "RSA") == 1) {
        jwk.emplace("kty", "RSA");
        jwk.emplace("n", base64url::encode(numberOf(key, OSSL_PKEY_PARAM_RSA_N, 0)));
        jwk.emplace("e", base64url::encode(numberOf(key, OSSL_PKEY_PARAM_RSA_E, 0)));
    }
    ERR_clear_error();
    return jwk;
}

}  // namespace

Result<PublicKey> PublicKey::make(std::shared_ptr<evp_pkey_st> handle,
                                  Algorithm algorithm,
                                  Json::Object required) {
    PublicKey key;
    key.handle_ = std::move(handle);
    key.algorithm_ = algorithm;
    key.required_ = std::move(required);
    SALLYPORT_TRY(const std::string canonical, Json(key.required_).canonical());
    key.thumbprint_ = base64url::encode(sha256(asBytes(canonical)));
    return key;
}

Result<PublicKey> PublicKey::fromJwk(const Json& jwk) {
    if (jwk.asObject() == nullptr) return refused("not an object");
    SALLYPORT_CHECK(checkUse(jwk));
    SALLYPORT_TRY(Parsed parsed, parse(jwk));
    SALLYPORT_TRY(PublicKey key,
                  make(std::move(parsed.handle), parsed.algorithm, std::move(parsed.required)));
    if (const Json* kid = jwk.find("kid")) {
        const std::string* text = kid->asString();
        if (text == nullptr || text->empty() || text->size() > kMostKid)
            return refused("a kid that is not 1 to 128 bytes of text");
        key.kid_ = *text;
    }
    return key;
}

Result<PublicKey> PublicKey::fromSpki(ByteView der, Algorithm algorithm) {
    const unsigned char* at = der.data();
    const Handle handle = owned(d2i_PUBKEY(nullptr, &at, static_cast<int>(der.size())));
    if (!handle || at != der.data() + der.size()) return refused("no SubjectPublicKeyInfo");
    return fromJwk(jwkOf(handle.get(), algorithm));
}

Json PublicKey::jwk() const {
    Json::Object jwk = required_;
    jwk.emplace("alg", name(algorithm_));
    jwk.emplace("use", "sig");
    if (!kid_.empty()) jwk.emplace("kid", kid_);
    return jwk;
}

}  // namespace sallyport::token
