#pragma once

#include "base/bytes.h"

#include <compare>
#include <cstdint>

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::hsm {

/// One key, one purpose (SP 800-57 part 1, 5.2). Names on the token and in rows are those of
/// `protocols.md` 9.
enum class KeyPurpose : std::uint8_t {
    kLinkMac,
    kSessionMac,
    kCodeMac,
    kRefreshMac,
    kTicketMac,
    kRecoveryMac,
    kSealMac,
    kLookupMac,
    kNonceMac,
    kTokenSign,
    kLogSign,
    kDkimSign,
    kPiiWrap,
};

inline constexpr std::size_t kKeyPurposeCount = 13;

/// `link-mac`.
std::string_view name(KeyPurpose purpose);
std::optional<KeyPurpose> keyPurposeFromName(std::string_view name);

/// What a key can do; fixed when it is generated, read from the device, never from a request.
enum class KeyAlgorithm : std::uint8_t { kHmacSha256, kAes256Gcm, kEs256, kRs256, kEd25519 };

/// `HMAC-SHA256`, `AES256-GCM`, `ES256`, `RS256`, `Ed25519`.
std::string_view name(KeyAlgorithm algorithm);
std::optional<KeyAlgorithm> keyAlgorithmFromName(std::string_view name);

/// Counts from 1 within a purpose.
using Generation = std::uint32_t;

/// SHA-256 of the SubjectPublicKeyInfo; for secret keys SHA-256 of a key check value made in the
/// device.
using Fingerprint = Digest;

/// Names a key without saying where it lies. Label on the token:
/// `sallyport:<ring>:<purpose>:<generation>`.
struct KeyName {
    KeyPurpose purpose;
    Generation generation;

    friend auto operator<=>(const KeyName&, const KeyName&) = default;
};

/// What a sealed key-state row says of a key; a use that names it is refused when the object behind
/// it changed.
struct KeyIdentity {
    KeyName key;
    KeyAlgorithm algorithm;
    FixedBytes<16> cka_id;
    Fingerprint fingerprint;

    friend bool operator==(const KeyIdentity&, const KeyIdentity&) = default;
};

/// `link-mac:3`, for logs.
std::string text(const KeyName& key);

}  // namespace sallyport::hsm
