// What the strict reader accepts has that one spelling.

#include "base/base64url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::ByteView;
    namespace base64url = sallyport::base64url;
    const ByteView input(data, size);

    constexpr std::size_t kMostBytes = 1024;
    const auto decoded = base64url::decode(sallyport::asText(input), kMostBytes);
    if (decoded.has_value()) {
        SALLYPORT_ASSERT(decoded->size() <= kMostBytes);
        SALLYPORT_ASSERT(base64url::encode(*decoded) == sallyport::asText(input));
    }

    const auto round = base64url::decode(base64url::encode(input), size);
    SALLYPORT_ASSERT(round.has_value() && *round == sallyport::copyBytes(input));
    return 0;
}
