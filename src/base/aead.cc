#include "base/aead.h"

#include "base/result.h"

#include <openssl/evp.h>

#include <memory>

namespace sallyport::aead {

namespace {

constexpr std::size_t kIvSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kMostBytes = 1U << 20U;  // the library counts in int

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

int sizeOf(ByteView bytes) {
    SALLYPORT_ASSERT(bytes.size() <= kMostBytes);
    return static_cast<int>(bytes.size());
}

/// `encrypting` as EVP_CipherInit_ex wants it.
Context begin(const Secret& key, ByteView iv, ByteView aad, int encrypting) {
    SALLYPORT_ASSERT(key.size() == kKeySize);
    Context context(EVP_CIPHER_CTX_new());
    SALLYPORT_ASSERT(context != nullptr);
    SALLYPORT_ASSERT(EVP_CipherInit_ex(context.get(),
                                       EVP_aes_256_gcm(),
                                       nullptr,
                                       key.expose().data(),
                                       iv.data(),
                                       encrypting) == 1);
    int written = 0;
    SALLYPORT_ASSERT(aad.empty() ||
                     EVP_CipherUpdate(context.get(), nullptr, &written, aad.data(), sizeOf(aad)) ==
                         1);
    return context;
}

}  // namespace

Bytes encrypt(const Secret& key, ByteView aad, ByteView plaintext, Random& random) {
    SALLYPORT_ASSERT(plaintext.size() + kOverhead <= kMostBytes);
    Bytes out(plaintext.size() + kOverhead);
    const std::span<std::uint8_t> all(out);
    random.fill(all.first(kIvSize));
    const Context context = begin(key, all.first(kIvSize), aad, 1);
    int written = 0;
    SALLYPORT_ASSERT(plaintext.empty() || EVP_CipherUpdate(context.get(),
                                                           all.subspan(kIvSize).data(),
                                                           &written,
                                                           plaintext.data(),
                                                           sizeOf(plaintext)) == 1);
    std::uint8_t* const tag = all.last(kTagSize).data();
    SALLYPORT_ASSERT(EVP_CipherFinal_ex(context.get(), tag, &written) == 1);
    SALLYPORT_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag) == 1);
    return out;
}

std::optional<Secret> decrypt(const Secret& key, ByteView aad, ByteView ciphertext) {
    if (ciphertext.size() < kOverhead || ciphertext.size() > kMostBytes) return std::nullopt;
    const Context context = begin(key, ciphertext.first(kIvSize), aad, 0);
    const ByteView body = ciphertext.subspan(kIvSize, ciphertext.size() - kOverhead);
    Bytes tag = copyBytes(ciphertext.last(kTagSize));
    std::string plaintext(body.size(), '\0');
    int written = 0;
    if (!body.empty()) {
        auto* const out = reinterpret_cast<std::uint8_t*>(plaintext.data());
        SALLYPORT_ASSERT(
            EVP_CipherUpdate(context.get(), out, &written, body.data(), sizeOf(body)) == 1);
    }
    SALLYPORT_ASSERT(
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1);
    // Taken before the tag is judged, so that a refused plaintext is wiped too.
    Secret opened = Secret::take(std::move(plaintext));
    FixedBytes<kTagSize> none{};
    if (EVP_CipherFinal_ex(context.get(), none.data(), &written) != 1) return std::nullopt;
    return opened;
}

}  // namespace sallyport::aead
