#include "fido/cose_key.h"

#include "fido/cbor.h"
#include "fido/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <array>

namespace sallyport::fido {

namespace {

// Labels and values of RFC 9052 7.1 and RFC 9053 7.
constexpr std::int64_t kKty = 1;
constexpr std::int64_t kAlg = 3;
constexpr std::int64_t kCrv = -1;
constexpr std::int64_t kX = -2;
constexpr std::int64_t kY = -3;
constexpr std::int64_t kRsaN = -1;
constexpr std::int64_t kRsaE = -2;
constexpr std::int64_t kKtyOkp = 1;
constexpr std::int64_t kKtyEc2 = 2;
constexpr std::int64_t kKtyRsa = 3;
constexpr std::int64_t kCrvP256 = 1;
constexpr std::int64_t kCrvP384 = 2;
constexpr std::int64_t kCrvEd25519 = 6;

constexpr std::size_t kEd25519Size = 32;
constexpr std::size_t kRsaSize = 256;
constexpr std::array<std::uint8_t, 3> kRsaExponent = {1, 0, 1};

constexpr std::array<Algorithm, 4> kAlgorithms = {
    Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kEs384, Algorithm::kRs256};

struct Curve {
    std::int64_t crv;
    std::size_t coordinate_size;
    const char* openssl_name;
};

constexpr Curve kP256 = {kCrvP256, 32, "P-256"};
constexpr Curve kP384 = {kCrvP384, 48, "P-384"};

Error unsound(std::string_view problem) {
    return fail(ErrorCode::kInvalidRequest, "public key: " + std::string(problem));
}

Result<std::int64_t> integerAt(const cbor::Map& map, std::int64_t label) {
    SALLYPORT_TRY(const cbor::Item item, map.at(label));
    return item.integer();
}

Status require(const cbor::Map& map, std::int64_t label, std::int64_t value) {
    SALLYPORT_TRY(const std::int64_t number, integerAt(map, label));
    if (number != value) return unsound("kty or crv is not that of alg");
    return {};
}

/// Whether `point` (0x04, x, y) is on the curve.
bool isOnCurve(ByteView point, const Curve& curve) {
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    std::string group = curve.openssl_name;
    Bytes octets = copyBytes(point);
    std::array<OSSL_PARAM, 3> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    const bool ok =
        context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data()) == 1;
    const KeyPtr key(made);
    ERR_clear_error();
    return ok;
}

Result<Bytes> ecPoint(const cbor::Map& map, const Curve& curve) {
    SALLYPORT_CHECK(require(map, kKty, kKtyEc2));
    SALLYPORT_CHECK(require(map, kCrv, curve.crv));
    SALLYPORT_TRY(const cbor::Item x, map.at(kX));
    SALLYPORT_TRY(const ByteView x_bytes, x.bytes());
    SALLYPORT_TRY(const cbor::Item y, map.at(kY));
    SALLYPORT_TRY(const ByteView y_bytes, y.bytes());
    if (x_bytes.size() != curve.coordinate_size || y_bytes.size() != curve.coordinate_size) {
        return unsound("a coordinate has the wrong length");
    }
    if (map.size() != 5) return unsound("a member that is not known");
    Bytes point = {4};  // SEC 1 2.3.3: uncompressed
    point.insert(point.end(), x_bytes.begin(), x_bytes.end());
    point.insert(point.end(), y_bytes.begin(), y_bytes.end());
    if (!isOnCurve(point, curve)) return unsound("not a point of its curve");
    point.erase(point.begin());
    return point;
}

Result<Bytes> ed25519Point(const cbor::Map& map) {
    SALLYPORT_CHECK(require(map, kKty, kKtyOkp));
    SALLYPORT_CHECK(require(map, kCrv, kCrvEd25519));
    SALLYPORT_TRY(const cbor::Item x, map.at(kX));
    SALLYPORT_TRY(const ByteView bytes, x.bytes());
    if (bytes.size() != kEd25519Size) return unsound("Ed25519 key has the wrong length");
    if (map.size() != 4) return unsound("a member that is not known");
    return copyBytes(bytes);
}

Result<Bytes> rsaNumbers(const cbor::Map& map) {
    SALLYPORT_CHECK(require(map, kKty, kKtyRsa));
    SALLYPORT_TRY(const cbor::Item n, map.at(kRsaN));
    SALLYPORT_TRY(const ByteView modulus, n.bytes());
    SALLYPORT_TRY(const cbor::Item e, map.at(kRsaE));
    SALLYPORT_TRY(const ByteView exponent, e.bytes());
    if (modulus.size() != kRsaSize || modulus.front() < 0x80) {
        return unsound("RSA modulus has not 2048 bits");
    }
    if (!std::equal(exponent.begin(), exponent.end(), kRsaExponent.begin(), kRsaExponent.end())) {
        return unsound("RSA exponent is not 65537");
    }
    if (map.size() != 4) return unsound("a member that is not known");
    Bytes numbers = copyBytes(modulus);
    numbers.insert(numbers.end(), exponent.begin(), exponent.end());
    return numbers;
}

Result<Bytes> materialOf(const cbor::Map& map, Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::kEs256:
            return ecPoint(map, kP256);
        case Algorithm::kEs384:
            return ecPoint(map, kP384);
        case Algorithm::kEdDsa:
            return ed25519Point(map);
        case Algorithm::kRs256:
            return rsaNumbers(map);
    }
    return unsound("alg is none of ours");
}

}  // namespace

std::string_view name(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::kEs256:
            return "ES256";
        case Algorithm::kEdDsa:
            return "EdDSA";
        case Algorithm::kEs384:
            return "ES384";
        case Algorithm::kRs256:
            return "RS256";
    }
    return "unknown";
}

std::optional<Algorithm> algorithmFromCose(std::int64_t number) {
    for (const Algorithm algorithm : kAlgorithms) {
        if (static_cast<std::int64_t>(algorithm) == number) return algorithm;
    }
    return std::nullopt;
}

const std::vector<Algorithm>& defaultAlgorithms() {
    static const std::vector<Algorithm> kDefault = {Algorithm::kEs256, Algorithm::kEdDsa};
    return kDefault;
}

Result<CoseKey> CoseKey::parse(ByteView bytes) {
    SALLYPORT_TRY(const cbor::Item whole, cbor::Item::parse(bytes));
    SALLYPORT_TRY(const cbor::Map map, whole.map());
    SALLYPORT_TRY(const std::int64_t number, integerAt(map, kAlg));
    const std::optional<Algorithm> algorithm = algorithmFromCose(number);
    if (!algorithm.has_value()) return unsound("alg is none of ours");
    CoseKey key;
    key.algorithm_ = *algorithm;
    SALLYPORT_TRY(key.material_, materialOf(map, *algorithm));
    return key;
}

}  // namespace sallyport::fido
