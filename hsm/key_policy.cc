#include "hsm/key_policy.h"

#include <algorithm>

namespace sallyport::hsm {
namespace {

using pkcs11::attributeName;
using pkcs11::Attributes;
using pkcs11::Mechanism;

constexpr CK_ATTRIBUTE_TYPE kRead[] = {CKA_CLASS,
                                       CKA_KEY_TYPE,
                                       CKA_LABEL,
                                       CKA_ID,
                                       CKA_TOKEN,
                                       CKA_PRIVATE,
                                       CKA_SENSITIVE,
                                       CKA_ALWAYS_SENSITIVE,
                                       CKA_EXTRACTABLE,
                                       CKA_NEVER_EXTRACTABLE,
                                       CKA_LOCAL,
                                       CKA_KEY_GEN_MECHANISM,
                                       CKA_MODIFIABLE,
                                       CKA_COPYABLE,
                                       CKA_SIGN,
                                       CKA_SIGN_RECOVER,
                                       CKA_VERIFY,
                                       CKA_VERIFY_RECOVER,
                                       CKA_ENCRYPT,
                                       CKA_DECRYPT,
                                       CKA_WRAP,
                                       CKA_UNWRAP,
                                       CKA_DERIVE,
                                       CKA_ALWAYS_AUTHENTICATE,
                                       CKA_ALLOWED_MECHANISMS,
                                       CKA_VALUE_LEN,
                                       CKA_MODULUS,
                                       CKA_PUBLIC_EXPONENT,
                                       CKA_EC_PARAMS,
                                       CKA_EC_POINT};

struct Required {
    CK_ATTRIBUTE_TYPE type;
    bool value;
};

constexpr Required kKeyFlags[] = {{CKA_TOKEN, true},
                                  {CKA_PRIVATE, true},
                                  {CKA_SENSITIVE, true},
                                  {CKA_ALWAYS_SENSITIVE, true},
                                  {CKA_EXTRACTABLE, false},
                                  {CKA_NEVER_EXTRACTABLE, true},
                                  {CKA_LOCAL, true},
                                  {CKA_MODIFIABLE, false},
                                  {CKA_COPYABLE, false}};

constexpr Required kPublicFlags[] = {{CKA_TOKEN, true},
                                     {CKA_PRIVATE, false},
                                     {CKA_LOCAL, true},
                                     {CKA_MODIFIABLE, false},
                                     {CKA_COPYABLE, false}};

std::string_view text(bool value) {
    return value ? "true" : "false";
}

class Check {
  public:
    explicit Check(const Attributes& key) : key_(key) {}

    void flag(CK_ATTRIBUTE_TYPE type, bool wanted) {
        const auto value = key_.flag(type);
        if (!value.has_value())
            return add(type, "is not shown by the token and must be " + std::string(text(wanted)));
        if (*value != wanted) {
            add(type,
                "is " + std::string(text(*value)) + " and must be " + std::string(text(wanted)));
        }
    }

    void flags(std::span<const Required> all) {
        for (const Required& one : all) flag(one.type, one.value);
    }

    void uses(std::span<const CK_ATTRIBUTE_TYPE> all, std::span<const CK_ATTRIBUTE_TYPE> wanted) {
        for (const CK_ATTRIBUTE_TYPE use : all)
            flag(use, std::find(wanted.begin(), wanted.end(), use) != wanted.end());
    }

    void add(CK_ATTRIBUTE_TYPE type, const std::string& what) {
        found_.push_back(attributeName(type) + " " + what);
    }

    std::vector<std::string> take() { return std::move(found_); }

  private:
    const Attributes& key_;
    std::vector<std::string> found_;
};

}  // namespace

std::span<const CK_ATTRIBUTE_TYPE> policyAttributes() {
    return kRead;
}

std::vector<std::string> keyViolations(const Mechanism& mechanism, const Attributes& key) {
    Check check(key);
    check.flags(kKeyFlags);
    if (mechanism.isPair()) {
        check.uses(pkcs11::kPrivateUses, mechanism.uses);
        check.flag(CKA_ALWAYS_AUTHENTICATE, false);
    } else {
        check.uses(pkcs11::kSecretUses, mechanism.uses);
        if (key.number(CKA_VALUE_LEN) != mechanism.size)
            check.add(CKA_VALUE_LEN, "is not 32 bytes");
    }
    if (mechanism.key_type == CKK_RSA) {
        const Bytes* modulus = key.bytes(CKA_MODULUS);
        if (modulus == nullptr || modulus->size() * 8 < mechanism.size)
            check.add(CKA_MODULUS, "has less than 3072 bits");
    }
    if (key.number(CKA_KEY_GEN_MECHANISM) != mechanism.generate) {
        check.add(CKA_KEY_GEN_MECHANISM,
                  "does not say that the token generated the key for this algorithm");
    }
    if (key.numbers(CKA_ALLOWED_MECHANISMS) != std::vector<CK_ULONG>{mechanism.use}) {
        check.add(CKA_ALLOWED_MECHANISMS, "is not exactly the one mechanism of this algorithm");
    }
    return check.take();
}

std::vector<std::string> publicViolations(const Mechanism& mechanism, const Attributes& key) {
    Check check(key);
    check.flags(kPublicFlags);
    const CK_ATTRIBUTE_TYPE verify[] = {CKA_VERIFY};
    check.uses(pkcs11::kPublicUses, verify);
    if (key.number(CKA_KEY_TYPE) != mechanism.key_type)
        check.add(CKA_KEY_TYPE, "differs between the two halves of the pair");
    return check.take();
}

}  // namespace sallyport::hsm
