#pragma once

#include "hsm/pkcs11/attributes.h"
#include "hsm/pkcs11/cryptoki.h"
#include "tests/support/softhsm.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sallyport::hsm {

/// PKCS#11 by hand on the token of an open device: in one process they share the library and the
/// login, so this is what happens behind the device's back.
class RawToken {
  public:
    RawToken() {
        void* library =
            ::dlopen(std::string(test::SoftHsmToken::kModule).c_str(), RTLD_NOW | RTLD_LOCAL);
        auto* list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
        list(&f_);
        CK_ULONG count = 8;
        std::vector<CK_SLOT_ID> slots(count);
        EXPECT_EQ(f_->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
        for (CK_ULONG i = 0; i < count; ++i) {
            CK_TOKEN_INFO info{};
            f_->C_GetTokenInfo(slots[i], &info);
            if ((info.flags & CKF_TOKEN_INITIALIZED) != 0) slot_ = slots[i];
        }
        openSession();
    }

    RawToken(const RawToken&) = delete;
    RawToken& operator=(const RawToken&) = delete;

    ~RawToken() { f_->C_CloseSession(session_); }

    void openSession() {
        EXPECT_EQ(f_->C_OpenSession(
                      slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_),
                  CKR_OK);
    }

    CK_FUNCTION_LIST& f() { return *f_; }

    CK_SLOT_ID slot() const { return slot_; }

    CK_SESSION_HANDLE session() const { return session_; }

    CK_FLAGS tokenFlags() {
        CK_TOKEN_INFO info{};
        EXPECT_EQ(f_->C_GetTokenInfo(slot_, &info), CKR_OK);
        return info.flags;
    }

    CK_RV generateKey(CK_MECHANISM_TYPE mechanism, pkcs11::Template& key) {
        CK_MECHANISM parameters{mechanism, nullptr, 0};
        CK_OBJECT_HANDLE made = 0;
        return f_->C_GenerateKey(session_, &parameters, key.data(), key.size(), &made);
    }

    CK_RV generatePair(CK_MECHANISM_TYPE mechanism,
                       pkcs11::Template& public_key,
                       pkcs11::Template& private_key) {
        CK_MECHANISM parameters{mechanism, nullptr, 0};
        CK_OBJECT_HANDLE a = 0;
        CK_OBJECT_HANDLE b = 0;
        return f_->C_GenerateKeyPair(session_,
                                     &parameters,
                                     public_key.data(),
                                     public_key.size(),
                                     private_key.data(),
                                     private_key.size(),
                                     &a,
                                     &b);
    }

    std::vector<CK_OBJECT_HANDLE> find(std::string_view label) {
        pkcs11::Template wanted;
        wanted.text(CKA_LABEL, label);
        EXPECT_EQ(f_->C_FindObjectsInit(session_, wanted.data(), wanted.size()), CKR_OK);
        std::vector<CK_OBJECT_HANDLE> found(16);
        CK_ULONG count = 0;
        EXPECT_EQ(f_->C_FindObjects(session_, found.data(), found.size(), &count), CKR_OK);
        f_->C_FindObjectsFinal(session_);
        found.resize(count);
        return found;
    }

    void destroy(std::string_view label) {
        for (const CK_OBJECT_HANDLE object : find(label))
            EXPECT_EQ(f_->C_DestroyObject(session_, object), CKR_OK);
    }

    CK_RV read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, Bytes& value) {
        value.resize(1024);
        CK_ATTRIBUTE attribute{type, value.data(), value.size()};
        const CK_RV answer = f_->C_GetAttributeValue(session_, object, &attribute, 1);
        value.resize(answer == CKR_OK ? attribute.ulValueLen : 0);
        return answer;
    }

  private:
    CK_FUNCTION_LIST* f_ = nullptr;
    CK_SLOT_ID slot_ = 0;
    CK_SESSION_HANDLE session_ = 0;
};

/// The same template with one attribute otherwise.
inline pkcs11::Template with(const pkcs11::Template& original,
                             CK_ATTRIBUTE_TYPE type,
                             ByteView value) {
    pkcs11::Template changed;
    for (const CK_ATTRIBUTE& entry : original.entries()) {
        if (entry.type == type) continue;
        changed.bytes(entry.type,
                      ByteView(static_cast<const std::uint8_t*>(entry.pValue), entry.ulValueLen));
    }
    if (!value.empty()) changed.bytes(type, value);
    return changed;
}

}  // namespace sallyport::hsm
