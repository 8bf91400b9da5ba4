#pragma once

#include <set>
#include <string>
#include <string_view>

/// What a session proves and by what (`protocols.md` 4; OpenID EAP ACR values, RFC 8176).
namespace sallyport::session {

/// The one acr that a link can give: a mailbox, no AAL.
inline constexpr std::string_view kAcrMailbox = "0";
inline constexpr std::string_view kAcrKey = "urn:sallyport:acr:key";
inline constexpr std::string_view kAcrPhishingResistant = "phr";
inline constexpr std::string_view kAcrPhishingResistantHardware = "phrh";

inline constexpr std::string_view kAmrEmailLink = "urn:sallyport:amr:email-link";

struct Assurance {
    std::string acr;
    std::set<std::string> amr;

    friend bool operator==(const Assurance&, const Assurance&) = default;
};

/// Of a redeemed link.
Assurance assuranceOfLink();

/// Of one assertion of a security key. `hardware`: the credential is not backup eligible and its
/// attestation was verified and allowed.
Assurance assuranceOf(bool user_verified, bool hardware);

/// Is `acr` at least what is wanted? A value that is not of the order 0, key, phr, phrh meets and
/// is met by itself alone.
bool meets(std::string_view acr, std::string_view wanted);

}  // namespace sallyport::session
