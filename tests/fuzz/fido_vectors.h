#pragma once

#include "base/base64url.h"
#include "fido/self_test_vectors.h"

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
    const std::size_t first = std::min<std::size_t>(size - 2, data[0] << 8 | data[1]);
    return {Bytes(data + 2, data + 2 + first), Bytes(data + 2 + first, data + size)};
}

}  // namespace sallyport
