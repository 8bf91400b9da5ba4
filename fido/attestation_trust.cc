#include "fido/attestation_trust.h"

#include "fido/certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace sallyport::fido {

namespace {

/// Bytes between the hyphens of an AAGUID's text.
constexpr std::array<std::size_t, 5> kGroups = {4, 2, 2, 2, 6};

constexpr const char* kAuthenticatorAttestation = "Authenticator Attestation";

constexpr std::array<Attestation, 4> kAttestations = {
    Attestation::kNone, Attestation::kSelf, Attestation::kUnverified, Attestation::kVerified};

// id-fido-gen-ce-aaguid, id-fido-gen-ce-fw-version, and Yubico's own firmware version.
constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";
constexpr const char* kFirmwareExtension = "1.3.6.1.4.1.45724.1.1.5";
constexpr const char* kYubicoFirmwareExtension = "1.3.6.1.4.1.41482.13.1";

Refusal badCertificate(std::string problem) {
    return refuse("attestation_certificate", std::move(problem));
}

/// The text of the subject's one entry `nid`; nothing if there is none or more than one.
std::optional<std::string> subjectText(X509* certificate, int nid) {
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, nid, at) >= 0) return std::nullopt;
    const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    return std::string(
        asText({ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))}));
}

bool saysItIsNoAuthority(X509* certificate) {
    const BasicConstraintsPtr constraints(static_cast<BASIC_CONSTRAINTS*>(
        X509_get_ext_d2i(certificate, NID_basic_constraints, nullptr, nullptr)));
    ERR_clear_error();
    return constraints != nullptr && constraints->ca == 0;
}

struct Extension {
    bool critical;
    Bytes value;
};

std::optional<Extension> extensionOf(X509* certificate, const char* oid) {
    const ObjectPtr object(OBJ_txt2obj(oid, 1));
    const int at = object == nullptr ? -1 : X509_get_ext_by_OBJ(certificate, object.get(), -1);
    if (at < 0) return std::nullopt;
    X509_EXTENSION* const extension = X509_get_ext(certificate, at);
    const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(extension);
    return Extension{X509_EXTENSION_get_critical(extension) != 0,
                     copyBytes({ASN1_STRING_get0_data(value),
                                static_cast<std::size_t>(ASN1_STRING_length(value))})};
}

/// The content of a DER value with `tag` that fills `der`, up to 127 bytes long; empty if it is
/// something else.
ByteView contentOf(ByteView der, std::uint8_t tag) {
    if (der.size() < 2 || der[0] != tag || der[1] != der.size() - 2) return {};
    return der.subspan(2);
}

constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kInteger = 0x02;

Verdict checkAaguidExtension(X509* certificate, const Aaguid& aaguid) {
    const std::optional<Extension> extension = extensionOf(certificate, kAaguidExtension);
    if (!extension.has_value()) return {};
    if (extension->critical) return badCertificate("the AAGUID extension is critical");
    const ByteView value = contentOf(extension->value, kOctetString);
    if (!std::equal(value.begin(), value.end(), aaguid.begin(), aaguid.end())) {
        return refuse("aaguid_mismatch", "the certificate is of another model");
    }
    return {};
}

/// The number in an INTEGER (as WebAuthn has it) or in an OCTET STRING (as Yubico has it) of at
/// most four bytes: both are 0x00MMmmpp in Yubico's certificates.
std::optional<std::uint32_t> firmwareOf(X509* certificate) {
    std::optional<Extension> extension = extensionOf(certificate, kYubicoFirmwareExtension);
    if (!extension.has_value()) extension = extensionOf(certificate, kFirmwareExtension);
    if (!extension.has_value()) return std::nullopt;
    ByteView content = contentOf(extension->value, kOctetString);
    if (content.empty()) content = contentOf(extension->value, kInteger);
    if (content.empty() || content.size() > 4 || content[0] >= 0x80) return std::nullopt;
    std::uint32_t version = 0;
    for (const std::uint8_t byte : content) version = version << 8 | byte;
    return version;
}

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

Judged<AttestationCertificate> checkAttestationCertificate(ByteView der, const Aaguid& aaguid) {
    const CertificatePtr owned = readCertificate(der);
    X509* const certificate = owned.get();
    if (certificate == nullptr) return badCertificate("no certificate in DER");
    if (X509_get_version(certificate) != X509_VERSION_3) return badCertificate("not version 3");
    if (!subjectText(certificate, NID_countryName).has_value()) {
        return badCertificate("no country");
    }
    if (!subjectText(certificate, NID_organizationName).has_value()) {
        return badCertificate("no organization");
    }
    if (subjectText(certificate, NID_organizationalUnitName) != kAuthenticatorAttestation) {
        return badCertificate("its unit is not Authenticator Attestation");
    }
    if (!subjectText(certificate, NID_commonName).has_value()) {
        return badCertificate("no common name");
    }
    if (!saysItIsNoAuthority(certificate)) return badCertificate("it may be an authority");
    if (Verdict refused = checkAaguidExtension(certificate, aaguid)) return *refused;
    return AttestationCertificate{firmwareOf(certificate), sha256(der)};
}

Verdict checkNotDenied(const Aaguid& aaguid, const AttestationPolicy& policy) {
    const Authenticator* const model = policy.find(aaguid);
    if (model == nullptr || !model->denied.has_value()) return {};
    return refuse("authenticator_denied", textOf(aaguid) + " is denied: " + *model->denied);
}

Judged<Attestation> checkAttestationTrust(const std::vector<Bytes>& x5c,
                                          const Aaguid& aaguid,
                                          const AttestationCertificate& leaf,
                                          const AttestationPolicy& policy,
                                          Time now) {
    if (aaguid == Aaguid{}) return refuse("authenticator_unknown", "it names no model");
    const Result<bool> holds_root = holdsRoot(x5c);
    if (!holds_root.has_value()) return badCertificate(holds_root.error().detail);
    if (*holds_root) return refuse("attestation_untrusted", "x5c holds a root");
    if (policy.trust_any_root) return Attestation::kUnverified;
    const Authenticator* const model = policy.find(aaguid);
    if (model == nullptr) {
        if (policy.allow_unlisted) return Attestation::kUnverified;
        return refuse("authenticator_unknown", textOf(aaguid) + " is not listed");
    }
    const Status chain = checkChain(x5c, model->roots, now);
    if (!chain.has_value()) return refuse("attestation_untrusted", chain.error().detail);
    if (model->min_firmware.has_value() && leaf.firmware < model->min_firmware) {
        return refuse("firmware_too_old", textOf(aaguid) + " with firmware below the minimum");
    }
    return Attestation::kVerified;
}

const Authenticator* AttestationPolicy::find(const Aaguid& aaguid) const {
    const auto found =
        std::find_if(authenticators.begin(), authenticators.end(), [&](const Authenticator& model) {
            return model.aaguid == aaguid;
        });
    return found == authenticators.end() ? nullptr : &*found;
}

}  // namespace sallyport::fido
