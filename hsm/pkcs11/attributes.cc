#include "hsm/pkcs11/attributes.h"

#include "hsm/pkcs11/errors.h"

#include <cstring>

namespace sallyport::hsm::pkcs11 {
namespace {

struct NamedAttribute {
    CK_ATTRIBUTE_TYPE type;
    std::string_view name;
};

constexpr NamedAttribute kNames[] = {
    {CKA_CLASS, "CKA_CLASS"},
    {CKA_KEY_TYPE, "CKA_KEY_TYPE"},
    {CKA_LABEL, "CKA_LABEL"},
    {CKA_ID, "CKA_ID"},
    {CKA_TOKEN, "CKA_TOKEN"},
    {CKA_PRIVATE, "CKA_PRIVATE"},
    {CKA_SENSITIVE, "CKA_SENSITIVE"},
    {CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE"},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE"},
    {CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE"},
    {CKA_LOCAL, "CKA_LOCAL"},
    {CKA_KEY_GEN_MECHANISM, "CKA_KEY_GEN_MECHANISM"},
    {CKA_MODIFIABLE, "CKA_MODIFIABLE"},
    {CKA_COPYABLE, "CKA_COPYABLE"},
    {CKA_SIGN, "CKA_SIGN"},
    {CKA_SIGN_RECOVER, "CKA_SIGN_RECOVER"},
    {CKA_VERIFY, "CKA_VERIFY"},
    {CKA_VERIFY_RECOVER, "CKA_VERIFY_RECOVER"},
    {CKA_ENCRYPT, "CKA_ENCRYPT"},
    {CKA_DECRYPT, "CKA_DECRYPT"},
    {CKA_WRAP, "CKA_WRAP"},
    {CKA_UNWRAP, "CKA_UNWRAP"},
    {CKA_DERIVE, "CKA_DERIVE"},
    {CKA_WRAP_WITH_TRUSTED, "CKA_WRAP_WITH_TRUSTED"},
    {CKA_ALWAYS_AUTHENTICATE, "CKA_ALWAYS_AUTHENTICATE"},
    {CKA_ALLOWED_MECHANISMS, "CKA_ALLOWED_MECHANISMS"},
    {CKA_VALUE_LEN, "CKA_VALUE_LEN"},
    {CKA_MODULUS, "CKA_MODULUS"},
    {CKA_MODULUS_BITS, "CKA_MODULUS_BITS"},
    {CKA_PUBLIC_EXPONENT, "CKA_PUBLIC_EXPONENT"},
    {CKA_EC_PARAMS, "CKA_EC_PARAMS"},
    {CKA_EC_POINT, "CKA_EC_POINT"},
};

}  // namespace

std::string attributeName(CK_ATTRIBUTE_TYPE type) {
    for (const NamedAttribute& known : kNames) {
        if (known.type == type) return std::string(known.name);
    }
    return "CKA_" + std::to_string(type);
}

Template& Template::flag(CK_ATTRIBUTE_TYPE type, bool value) {
    const CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    return bytes(type, ByteView(&byte, 1));
}

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    Bytes raw(sizeof value);
    std::memcpy(raw.data(), &value, sizeof value);
    return bytes(type, raw);
}

Template& Template::bytes(CK_ATTRIBUTE_TYPE type, ByteView value) {
    Bytes& owned = values_.emplace_back(copyBytes(value));
    attributes_.push_back(CK_ATTRIBUTE{type, owned.data(), owned.size()});
    return *this;
}

const Bytes* Attributes::bytes(CK_ATTRIBUTE_TYPE type) const {
    const auto found = values_.find(type);
    return found == values_.end() ? nullptr : &found->second;
}

std::optional<bool> Attributes::flag(CK_ATTRIBUTE_TYPE type) const {
    const Bytes* value = bytes(type);
    if (value == nullptr || value->size() != sizeof(CK_BBOOL)) return std::nullopt;
    return value->front() != CK_FALSE;
}

std::optional<CK_ULONG> Attributes::number(CK_ATTRIBUTE_TYPE type) const {
    const auto list = numbers(type);
    if (!list.has_value() || list->size() != 1) return std::nullopt;
    return list->front();
}

std::optional<std::vector<CK_ULONG>> Attributes::numbers(CK_ATTRIBUTE_TYPE type) const {
    const Bytes* value = bytes(type);
    if (value == nullptr || value->size() % sizeof(CK_ULONG) != 0) return std::nullopt;
    std::vector<CK_ULONG> list(value->size() / sizeof(CK_ULONG));
    if (!list.empty()) std::memcpy(list.data(), value->data(), value->size());
    return list;
}

std::string Attributes::text(CK_ATTRIBUTE_TYPE type) const {
    const Bytes* value = bytes(type);
    return value == nullptr ? std::string() : std::string(asText(*value));
}

}  // namespace sallyport::hsm::pkcs11
