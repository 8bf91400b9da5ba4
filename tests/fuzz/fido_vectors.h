#pragma once

#include "base/base64url.h"
#include "fido/self_test_vectors.h"

#include <algorithm>

/// What the whole-ceremony targets start from: the vectors of WebAuthn L3 16.
namespace sallyport {

inline Bytes vector(std::string_view text) {
    return base64url::decode(text, 4096).value();
}

/// The input: two bytes of length, that many bytes of client data, and the rest.
struct Parts {
    Bytes client_data;
    Bytes rest;
};

inline Parts partsOf(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return {};
    const std::size_t asked = std::size_t{data[0]} * 256 + data[1];
    const std::size_t first = std::min(size - 2, asked);
    return {Bytes(data + 2, data + 2 + first), Bytes(data + 2 + first, data + size)};
}

}  // namespace sallyport
