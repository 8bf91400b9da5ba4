#include "base/random.h"

#include "base/result.h"

#include <openssl/rand.h>

#include <algorithm>

namespace sallyport {

void SystemRandom::fill(std::span<std::uint8_t> out) {
    // RAND_bytes counts in int.
    constexpr std::size_t kMost = 1U << 30;
    while (!out.empty()) {
        const auto part = out.first(std::min(out.size(), kMost));
        SALLYPORT_ASSERT(RAND_bytes(part.data(), static_cast<int>(part.size())) == 1);
        out = out.subspan(part.size());
    }
}

}  // namespace sallyport
