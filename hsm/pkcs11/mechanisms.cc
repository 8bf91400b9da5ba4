#include "hsm/pkcs11/mechanisms.h"

#include <algorithm>
#include <array>

namespace sallyport::hsm::pkcs11 {
namespace {

// DER of the object identifiers 1.2.840.10045.3.1.7 and 1.3.101.112, and of the PrintableString
// "edwards25519".
const Bytes kP256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
const Bytes kEd25519 = {0x06, 0x03, 0x2b, 0x65, 0x70};
const Bytes kEd25519ByName = {
    0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};

constexpr CK_ULONG kRsaBits = 3072;
const Bytes kRsaExponent = {0x01, 0x00, 0x01};

const std::array<Mechanism, 5>& table() {
    static const std::array<Mechanism, 5> kMechanisms = {{
        // A generic secret and CKM_SHA256_HMAC: the one combination that every token we know
        // accepts. 32 bytes, because SoftHSM
        // and FIPS tokens refuse shorter keys.
        {KeyAlgorithm::kHmacSha256,
         CKO_SECRET_KEY,
         CKK_GENERIC_SECRET,
         CKM_GENERIC_SECRET_KEY_GEN,
         CKM_SHA256_HMAC,
         {CKA_SIGN},
         32,
         {},
         {}},
        {KeyAlgorithm::kAes256Gcm,
         CKO_SECRET_KEY,
         CKK_AES,
         CKM_AES_KEY_GEN,
         CKM_AES_GCM,
         {CKA_ENCRYPT, CKA_DECRYPT},
         32,
         {},
         {}},
        // The host hashes: SoftHSM 2.6 has no CKM_ECDSA_SHA256.
        {KeyAlgorithm::kEs256,
         CKO_PRIVATE_KEY,
         CKK_EC,
         CKM_EC_KEY_PAIR_GEN,
         CKM_ECDSA,
         {CKA_SIGN},
         0,
         kP256,
         {}},
        {KeyAlgorithm::kRs256,
         CKO_PRIVATE_KEY,
         CKK_RSA,
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         CKM_SHA256_RSA_PKCS,
         {CKA_SIGN},
         kRsaBits,
         {},
         {}},
        {KeyAlgorithm::kEd25519,
         CKO_PRIVATE_KEY,
         CKK_EC_EDWARDS,
         CKM_EC_EDWARDS_KEY_PAIR_GEN,
         CKM_EDDSA,
         {CKA_SIGN},
         0,
         kEd25519,
         kEd25519ByName},
    }};
    return kMechanisms;
}

Template common(const Mechanism& mechanism,
                CK_OBJECT_CLASS object_class,
                std::string_view label,
                ByteView cka_id) {
    Template made;
    made.number(CKA_CLASS, object_class)
        .number(CKA_KEY_TYPE, mechanism.key_type)
        .text(CKA_LABEL, label)
        .bytes(CKA_ID, cka_id)
        .flag(CKA_TOKEN, true)
        .flag(CKA_MODIFIABLE, false)
        .flag(CKA_COPYABLE, false)
        .flag(CKA_DESTROYABLE, true);
    return made;
}

}  // namespace

const Mechanism& mechanismOf(KeyAlgorithm algorithm) {
    const auto& all = table();
    return *std::find_if(
        all.begin(), all.end(), [&](const Mechanism& m) { return m.algorithm == algorithm; });
}

std::optional<KeyAlgorithm> algorithmOf(const Attributes& key) {
    for (const Mechanism& mechanism : table()) {
        if (key.number(CKA_CLASS) != mechanism.object_class ||
            key.number(CKA_KEY_TYPE) != mechanism.key_type)
            continue;
        if (mechanism.curve.empty()) return mechanism.algorithm;
        const Bytes* curve = key.bytes(CKA_EC_PARAMS);
        const bool ours =
            curve != nullptr && (*curve == mechanism.curve || *curve == mechanism.curve_by_name);
        if (ours) return mechanism.algorithm;
    }
    return std::nullopt;
}

Template keyTemplate(const Mechanism& mechanism, std::string_view label, ByteView cka_id) {
    Template made = common(mechanism, mechanism.object_class, label, cka_id);
    made.flag(CKA_PRIVATE, true)
        .flag(CKA_SENSITIVE, true)
        .flag(CKA_EXTRACTABLE, false)
        .flag(CKA_WRAP_WITH_TRUSTED, false);
    const auto uses = mechanism.isPair() ? std::span<const CK_ATTRIBUTE_TYPE>(kPrivateUses)
                                         : std::span<const CK_ATTRIBUTE_TYPE>(kSecretUses);
    for (const CK_ATTRIBUTE_TYPE use : uses) {
        made.flag(
            use,
            std::find(mechanism.uses.begin(), mechanism.uses.end(), use) != mechanism.uses.end());
    }
    if (mechanism.isPair()) {
        made.flag(CKA_ALWAYS_AUTHENTICATE, false);
    } else {
        made.number(CKA_VALUE_LEN, mechanism.size);
    }
    made.number(CKA_ALLOWED_MECHANISMS, mechanism.use);
    return made;
}

Template publicTemplate(const Mechanism& mechanism, std::string_view label, ByteView cka_id) {
    Template made = common(mechanism, CKO_PUBLIC_KEY, label, cka_id);
    made.flag(CKA_PRIVATE, false);
    for (const CK_ATTRIBUTE_TYPE use : kPublicUses) made.flag(use, use == CKA_VERIFY);
    if (mechanism.key_type == CKK_RSA) {
        made.number(CKA_MODULUS_BITS, mechanism.size).bytes(CKA_PUBLIC_EXPONENT, kRsaExponent);
    } else {
        made.bytes(CKA_EC_PARAMS, mechanism.curve);
    }
    return made;
}

}  // namespace sallyport::hsm::pkcs11
