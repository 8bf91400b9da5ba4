#include "mint/pii.h"

#include "base/aead.h"

#include <algorithm>
#include <array>

namespace sallyport::mint::pii {

namespace {

constexpr std::array<std::size_t, 3> kSizes = {64, 128, 320};
constexpr std::size_t kPrefix = 2;  ///< the plaintext's length, big-endian

std::optional<Secret> padded(ByteView plaintext) {
    const auto size = std::find_if(kSizes.begin(), kSizes.end(), [&](std::size_t candidate) {
        return plaintext.size() <= candidate;
    });
    if (size == kSizes.end()) return std::nullopt;
    std::string text(kPrefix + *size, '\0');
    text[0] = static_cast<char>(plaintext.size() >> 8U);
    text[1] = static_cast<char>(plaintext.size() & 0xffU);
    std::copy(plaintext.begin(), plaintext.end(), text.begin() + kPrefix);
    return Secret::take(std::move(text));
}

std::optional<Secret> unpadded(const Secret& secret) {
    const ByteView bytes = secret.expose();
    if (bytes.size() < kPrefix) return std::nullopt;
    const std::size_t size = std::size_t{bytes[0]} << 8U | bytes[1];
    if (size > bytes.size() - kPrefix) return std::nullopt;
    return Secret(bytes.subspan(kPrefix, size));
}

}  // namespace

Result<Bytes> wrap(const EncryptPii& request, ByteView aad, Random& random) {
    if (request.part.size() != aead::kKeySize) {
        return fail(ErrorCode::kInvalidRequest, "the owner's part has 32 bytes");
    }
    const auto plaintext = padded(request.plaintext.expose());
    if (!plaintext.has_value()) {
        return fail(ErrorCode::kInvalidRequest, "personal data has at most 320 bytes");
    }
    return aead::encrypt(request.part, aad, plaintext->expose(), random);
}

std::optional<Secret> unwrap(const Secret& part, ByteView aad, ByteView wrapped) {
    if (part.size() != aead::kKeySize) return std::nullopt;
    const auto plaintext = aead::decrypt(part, aad, wrapped);
    if (!plaintext.has_value()) return std::nullopt;
    return unpadded(*plaintext);
}

}  // namespace sallyport::mint::pii
