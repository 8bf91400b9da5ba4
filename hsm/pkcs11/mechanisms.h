#pragma once

#include "base/bytes.h"
#include "hsm/key_purpose.h"
#include "hsm/pkcs11/attributes.h"
#include "hsm/pkcs11/cryptoki.h"

#include <optional>
#include <string>
#include <vector>

/// How each algorithm is made and used on a token. One table; nothing else knows a CKM_ or CKK_.
namespace sallyport::hsm::pkcs11 {

/// Uses of a key object that PKCS#11 knows. Templates and policy name every one, because what a
/// template does not name some tokens set to true (SoftHSM, NSS).
inline constexpr CK_ATTRIBUTE_TYPE kSecretUses[] = {
    CKA_SIGN, CKA_VERIFY, CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE};
inline constexpr CK_ATTRIBUTE_TYPE kPrivateUses[] = {
    CKA_SIGN, CKA_SIGN_RECOVER, CKA_DECRYPT, CKA_UNWRAP, CKA_DERIVE};
inline constexpr CK_ATTRIBUTE_TYPE kPublicUses[] = {
    CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_ENCRYPT, CKA_WRAP, CKA_DERIVE};

struct Mechanism {
    KeyAlgorithm algorithm;
    CK_OBJECT_CLASS object_class;  ///< CKO_SECRET_KEY or CKO_PRIVATE_KEY
    CK_KEY_TYPE key_type;
    CK_MECHANISM_TYPE generate;
    CK_MECHANISM_TYPE use;  ///< the only one in CKA_ALLOWED_MECHANISMS
    std::vector<CK_ATTRIBUTE_TYPE> uses;
    CK_ULONG size;        ///< bytes of a secret, bits of an RSA modulus, else 0
    Bytes curve;          ///< CKA_EC_PARAMS
    Bytes curve_by_name;  ///< the other form of it that PKCS#11 3.0 allows, as a PrintableString

    bool isPair() const { return object_class == CKO_PRIVATE_KEY; }
};

const Mechanism& mechanismOf(KeyAlgorithm algorithm);

/// The algorithm of a secret or private key object that was read; absent if it is none of ours.
std::optional<KeyAlgorithm> algorithmOf(const Attributes& key);

/// The template of a secret key, or of the private half of a pair. Every flag is named.
Template keyTemplate(const Mechanism& mechanism, std::string_view label, ByteView cka_id);

/// The template of the public half.
Template publicTemplate(const Mechanism& mechanism, std::string_view label, ByteView cka_id);

}  // namespace sallyport::hsm::pkcs11
