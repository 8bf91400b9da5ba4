#include "hsm/key_purpose.h"

#include <array>

namespace sallyport::hsm {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, kKeyPurposeCount> kPurposes = {"link-mac",
                                                                      "session-mac",
                                                                      "code-mac",
                                                                      "refresh-mac",
                                                                      "ticket-mac",
                                                                      "recovery-mac",
                                                                      "seal-mac",
                                                                      "lookup-mac",
                                                                      "nonce-mac",
                                                                      "token-sign",
                                                                      "log-sign",
                                                                      "dkim-sign",
                                                                      "pii-wrap"};

constexpr std::array<std::string_view, 5> kAlgorithms = {
    "HMAC-SHA256", "AES256-GCM", "ES256", "RS256", "Ed25519"};

template <class Enum, std::size_t N>
std::optional<Enum> fromName(const std::array<std::string_view, N>& names,
                             std::string_view wanted) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == wanted) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view name(KeyPurpose purpose) {
    return kPurposes.at(static_cast<std::size_t>(purpose));
}

std::optional<KeyPurpose> keyPurposeFromName(std::string_view name) {
    return fromName<KeyPurpose>(kPurposes, name);
}

std::string_view name(KeyAlgorithm algorithm) {
    return kAlgorithms.at(static_cast<std::size_t>(algorithm));
}

std::optional<KeyAlgorithm> keyAlgorithmFromName(std::string_view name) {
    return fromName<KeyAlgorithm>(kAlgorithms, name);
}

std::string text(const KeyName& key) {
    return std::string(name(key.purpose)) + ":" + std::to_string(key.generation);
}

}  // namespace sallyport::hsm
