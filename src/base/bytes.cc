#include "base/bytes.h"

#include "base/result.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace sallyport {

std::string toHex(ByteView bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        hex.push_back(kDigits[byte >> 4]);
        hex.push_back(kDigits[byte & 0x0f]);
    }
    return hex;
}

bool constantTimeEquals(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Digest sha256(ByteView bytes) {
    // Fetched once for the life of the process: an implicit fetch costs more than a short digest.
    static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    SALLYPORT_ASSERT(kAlgorithm != nullptr);
    Digest digest{};
    unsigned int size = 0;
    const int done =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kAlgorithm, nullptr);
    SALLYPORT_ASSERT(done == 1 && size == digest.size());
    return digest;
}

}  // namespace sallyport
