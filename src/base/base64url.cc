#include "base/base64url.h"

namespace sallyport::base64url {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr FixedBytes<256> makeValues() {
    FixedBytes<256> values{};
    for (auto& value : values) value = kNoDigit;
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}

constexpr FixedBytes<256> kValues = makeValues();

}  // namespace

std::string encode(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : bytes) {
        pending = (pending << 8 | byte) & 0xffffU;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text.push_back(kAlphabet[pending >> bits & 0x3fU]);
        }
    }
    if (bits != 0) text.push_back(kAlphabet[pending << (6 - bits) & 0x3fU]);
    return text;
}

Result<Bytes> decode(std::string_view text, std::size_t max_bytes) {
    const std::size_t odd = text.size() % 4;
    if (odd == 1) return fail(ErrorCode::kInvalidRequest, "base64url: impossible length");
    const std::size_t size = text.size() / 4 * 3 + (odd == 0 ? 0 : odd - 1);
    if (size > max_bytes) return fail(ErrorCode::kInvalidRequest, "base64url: too long");

    Bytes bytes;
    bytes.reserve(size);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char digit : text) {
        const std::uint8_t value = kValues[static_cast<std::uint8_t>(digit)];
        if (value == kNoDigit) {
            return fail(ErrorCode::kInvalidRequest, "base64url: character outside the alphabet");
        }
        pending = (pending << 6 | value) & 0xffffU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(pending >> bits & 0xffU));
        }
    }
    // RFC 4648 3.5: the bits that are left over have one spelling only.
    if ((pending & ((1U << bits) - 1U)) != 0) {
        return fail(ErrorCode::kInvalidRequest, "base64url: non-zero trailing bits");
    }
    return bytes;
}

}  // namespace sallyport::base64url
