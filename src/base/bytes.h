#pragma once

#include <cstddef>
#include <cstdint>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

template <std::size_t N>
using FixedBytes = std::array<std::uint8_t, N>;

/// SHA-256 digests and HMAC-SHA-256 tags.
using Digest = FixedBytes<32>;

inline ByteView asBytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view asText(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes copyBytes(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

/// Lower-case hexadecimal, for logs, fingerprints and traces.
std::string toHex(ByteView bytes);

/// Compares in time that depends on the lengths only.
bool constantTimeEquals(ByteView a, ByteView b) noexcept;

/// SHA-256. Aborts if the crypto library cannot (then nothing of ours is safe).
Digest sha256(ByteView bytes);

}  // namespace sallyport
