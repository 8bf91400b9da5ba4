#include "fido/attestation_trust.h"

#include <algorithm>

namespace sallyport::fido {

namespace {

/// Bytes between the hyphens of an AAGUID's text.
constexpr std::array<std::size_t, 5> kGroups = {4, 2, 2, 2, 6};

constexpr std::array<Attestation, 4> kAttestations = {
    Attestation::kNone, Attestation::kSelf, Attestation::kUnverified, Attestation::kVerified};

std::optional<std::uint8_t> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::string textOf(const Aaguid& aaguid) {
    std::string text;
    ByteView rest = aaguid;
    for (const std::size_t size : kGroups) {
        if (!text.empty()) text += '-';
        text += toHex(rest.first(size));
        rest = rest.subspan(size);
    }
    return text;
}

Result<Aaguid> aaguidFromText(std::string_view text) {
    Aaguid aaguid{};
    std::string digits(text);
    digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
    if (digits.size() != 2 * aaguid.size()) {
        return fail(ErrorCode::kInvalidRequest, "AAGUID: wrong length");
    }
    for (std::size_t i = 0; i < aaguid.size(); ++i) {
        const std::optional<std::uint8_t> high = digit(digits[2 * i]);
        const std::optional<std::uint8_t> low = digit(digits[2 * i + 1]);
        if (!high.has_value() || !low.has_value()) {
            return fail(ErrorCode::kInvalidRequest, "AAGUID: not hexadecimal");
        }
        aaguid[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    // The hyphens stand where textOf() writes them.
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (lower != textOf(aaguid)) {
        return fail(ErrorCode::kInvalidRequest, "AAGUID: hyphens");
    }
    return aaguid;
}

std::string_view name(Attestation attestation) {
    switch (attestation) {
        case Attestation::kNone:
            return "none";
        case Attestation::kSelf:
            return "self";
        case Attestation::kUnverified:
            return "unverified";
        case Attestation::kVerified:
            return "verified";
    }
    return "unknown";
}

std::optional<Attestation> attestationFromName(std::string_view text) {
    for (const Attestation attestation : kAttestations) {
        if (name(attestation) == text) return attestation;
    }
    return std::nullopt;
}

const Authenticator* AttestationPolicy::find(const Aaguid& aaguid) const {
    const auto found =
        std::find_if(authenticators.begin(), authenticators.end(), [&](const Authenticator& model) {
            return model.aaguid == aaguid;
        });
    return found == authenticators.end() ? nullptr : &*found;
}

}  // namespace sallyport::fido
