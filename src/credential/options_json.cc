#include "credential/options_json.h"

#include "base/base64url.h"

namespace sallyport::credential {
namespace {

// credProtect: the key answers nobody who did not verify himself (CTAP 2.1 12.1).
constexpr std::string_view kProtection = "userVerificationRequired";
constexpr unsigned kProtectionLevel = 3;

std::int64_t milliseconds(Duration life) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(life).count();
}

Json listOf(const std::vector<Descriptor>& descriptors) {
    Json::Array list;
    for (const Descriptor& descriptor : descriptors) {
        Json::Object entry{{"type", "public-key"}, {"id", base64url::encode(descriptor.id)}};
        if (!descriptor.transports.empty()) {
            entry.emplace("transports",
                          Json::Array(descriptor.transports.begin(), descriptor.transports.end()));
        }
        list.emplace_back(std::move(entry));
    }
    return list;
}

/// EdDSA before ES256: a browser takes the first that the key knows.
Json algorithms() {
    Json::Array list;
    for (const fido::Algorithm algorithm : {fido::Algorithm::kEdDsa, fido::Algorithm::kEs256}) {
        list.emplace_back(
            Json::Object{{"type", "public-key"}, {"alg", static_cast<int>(algorithm)}});
    }
    return list;
}

Json extensions(const fido::AttestationPolicy& policy) {
    Json::Object wanted{
        {"credProps", true},
        {"credentialProtectionPolicy", kProtection},
        {"enforceCredentialProtectionPolicy", policy.min_cred_protect >= kProtectionLevel}};
    if (policy.min_pin_length > 0) wanted.emplace("minPinLength", true);
    return wanted;
}

}  // namespace

Json creationOptions(const Options& options,
                     const Ceremony& ceremony,
                     const Person& person,
                     const std::vector<Descriptor>& exclude) {
    return Json::Object{
        {"rp", Json::Object{{"id", options.rp_id}, {"name", options.rp_name}}},
        // Random, stable, without personal data (WebAuthn L3 14.6.1): the id of the account.
        {"user",
         Json::Object{{"id", base64url::encode(person.account.bytes)},
                      {"name", person.name},
                      {"displayName", person.name}}},
        {"challenge", base64url::encode(ceremony.challenge())},
        {"pubKeyCredParams", algorithms()},
        {"timeout", milliseconds(options.challenge_life)},
        {"excludeCredentials", listOf(exclude)},
        {"authenticatorSelection",
         Json::Object{{"residentKey", options.require_resident ? "required" : "preferred"},
                      {"requireResidentKey", options.require_resident},
                      {"userVerification", "required"}}},
        {"attestation", options.ask_attestation ? "direct" : "none"},
        {"extensions", extensions(options.attestation)}};
}

Json requestOptions(const Options& options,
                    const Bytes& challenge,
                    Duration life,
                    const std::vector<Descriptor>& allow) {
    return Json::Object{{"challenge", base64url::encode(challenge)},
                        {"timeout", milliseconds(life)},
                        {"rpId", options.rp_id},
                        {"allowCredentials", listOf(allow)},
                        {"userVerification", "required"}};
}

}  // namespace sallyport::credential
