#include "token/jwk.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// A key that is accepted is written as one that is accepted again, and is the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(sallyport::token::parseJwkSet(text));
    const auto key = sallyport::token::parseJwk(text);
    if (!key) return 0;
    const auto again = sallyport::token::PublicKey::fromJwk(key->jwk());
    if (!again || again->thumbprint() != key->thumbprint() ||
        again->algorithm() != key->algorithm())
        std::abort();
    return 0;
}
