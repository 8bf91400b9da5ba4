#include "mint/key_id.h"

#include "base/base64url.h"
#include "base/json.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sallyport::mint {

namespace {

// RFC 5480 2: id-ecPublicKey on prime256v1, and the mark of an uncompressed point.
constexpr std::array<std::uint8_t, 27> kP256 = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

// RFC 8410 4.
constexpr std::array<std::uint8_t, 12> kEd25519 = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

// RFC 8017 A.1: rsaEncryption with NULL.
constexpr std::array<std::uint8_t, 15> kRsa = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::size_t kCoordinate = 32;

template <std::size_t N>
std::optional<ByteView> after(const std::array<std::uint8_t, N>& head,
                              ByteView whole,
                              std::size_t rest) {
    if (whole.size() != N + rest) return std::nullopt;
    if (!std::equal(head.begin(), head.end(), whole.begin())) return std::nullopt;
    return whole.subspan(N);
}

/// Takes one DER value of this tag from the front.
std::optional<ByteView> take(ByteView& from, std::uint8_t tag) {
    if (from.size() < 2 || from[0] != tag) return std::nullopt;
    std::size_t size = from[1];
    std::size_t head = 2;
    if (size > 0x80 && size <= 0x82) {
        const std::size_t octets = size - 0x80;
        if (from.size() < head + octets) return std::nullopt;
        size = 0;
        for (std::size_t i = 0; i < octets; ++i) size = size << 8U | from[head + i];
        head += octets;
    } else if (size >= 0x80) {
        return std::nullopt;
    }
    if (from.size() - head < size) return std::nullopt;
    const ByteView value = from.subspan(head, size);
    from = from.subspan(head + size);
    return value;
}

/// An unsigned integer without the octet that keeps its sign.
std::optional<ByteView> takeUnsigned(ByteView& from) {
    auto number = take(from, kInteger);
    if (!number.has_value() || number->empty()) return std::nullopt;
    if (number->front() == 0 && number->size() > 1) number = number->subspan(1);
    return number;
}

std::optional<Json::Object> ellipticMembers(ByteView spki) {
    const auto point = after(kP256, spki, 2 * kCoordinate);
    if (!point.has_value()) return std::nullopt;
    return Json::Object{{"crv", "P-256"},
                        {"kty", "EC"},
                        {"x", base64url::encode(point->first(kCoordinate))},
                        {"y", base64url::encode(point->subspan(kCoordinate))}};
}

std::optional<Json::Object> edwardsMembers(ByteView spki) {
    const auto point = after(kEd25519, spki, kCoordinate);
    if (!point.has_value()) return std::nullopt;
    return Json::Object{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", base64url::encode(*point)}};
}

std::optional<Json::Object> rsaMembers(ByteView spki) {
    auto info = take(spki, kSequence);
    if (!info.has_value() || !spki.empty() || info->size() < kRsa.size()) return std::nullopt;
    if (!std::equal(kRsa.begin(), kRsa.end(), info->begin())) return std::nullopt;
    ByteView rest = info->subspan(kRsa.size());
    auto bits = take(rest, kBitString);
    if (!bits.has_value() || bits->empty() || bits->front() != 0) return std::nullopt;
    ByteView encoded = bits->subspan(1);
    auto numbers = take(encoded, kSequence);
    if (!numbers.has_value()) return std::nullopt;
    const auto modulus = takeUnsigned(*numbers);
    const auto exponent = takeUnsigned(*numbers);
    if (!modulus.has_value() || !exponent.has_value()) return std::nullopt;
    return Json::Object{
        {"e", base64url::encode(*exponent)}, {"kty", "RSA"}, {"n", base64url::encode(*modulus)}};
}

/// The members of RFC 7638 3.2 and RFC 8037 2.
std::optional<Json::Object> membersOf(hsm::KeyAlgorithm algorithm, ByteView spki) {
    switch (algorithm) {
        case hsm::KeyAlgorithm::kEs256:
            return ellipticMembers(spki);
        case hsm::KeyAlgorithm::kEd25519:
            return edwardsMembers(spki);
        case hsm::KeyAlgorithm::kRs256:
            return rsaMembers(spki);
        case hsm::KeyAlgorithm::kHmacSha256:
        case hsm::KeyAlgorithm::kAes256Gcm:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> keyIdOf(hsm::KeyAlgorithm algorithm, ByteView spki) {
    auto members = membersOf(algorithm, spki);
    if (!members.has_value()) {
        return fail(ErrorCode::kInternal,
                    "a public key that is not of " + std::string(hsm::name(algorithm)));
    }
    SALLYPORT_TRY(const std::string text, Json(std::move(*members)).canonical());
    return base64url::encode(sha256(asBytes(text)));
}

}  // namespace sallyport::mint
