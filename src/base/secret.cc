#include "base/secret.h"

#include <openssl/crypto.h>

#include <ostream>

namespace sallyport {

void wipe(void* data, std::size_t size) noexcept {
    if (size != 0) OPENSSL_cleanse(data, size);
}

Secret::Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}

Secret Secret::take(std::string&& text) {
    Secret secret{std::string_view(text)};
    wipe(text.data(), text.size());
    text.clear();
    return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(bytes_.data(), bytes_.size());
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
    return *this;
}

void PrintTo(const Secret& secret, std::ostream* out) {
    *out << "Secret of " << secret.size() << " bytes";
}

}  // namespace sallyport
