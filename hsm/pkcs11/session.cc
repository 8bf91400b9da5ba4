#include "hsm/pkcs11/session.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <algorithm>
#include <array>

namespace sallyport::hsm::pkcs11 {
namespace {

/// More than twice the largest signature: some modules write what they like into a small buffer
/// (opencryptoki), or cut (NSS).
constexpr std::size_t kSlack = 1024;

constexpr CK_ULONG kGcmTagBits = 128;

/// C_FindObjects in pages of this size.
constexpr std::size_t kPage = 64;

/// No attribute of ours is larger; an RSA modulus of 16384 bits has 2048 bytes.
constexpr std::size_t kAttributeLimit = 4096;

/// PKCS#11 takes pointers to non-const for what it only reads, and some modules refuse a null
/// pointer for no bytes.
CK_BYTE* input(ByteView bytes) {
    static CK_BYTE nothing = 0;
    return bytes.empty() ? &nothing : const_cast<CK_BYTE*>(bytes.data());
}

/// SoftHSM 2.6 loses the curve's name in every C_SignInit with CKM_EDDSA. Nothing can be done about
/// it from here, and the leak checker must go on seeing our own.
class NotOurLeak {
  public:
#if defined(__SANITIZE_ADDRESS__)
    NotOurLeak() {
        __lsan_disable();
    }

    ~NotOurLeak() {
        __lsan_enable();
    }
#else
    NotOurLeak() = default;
    ~NotOurLeak() = default;
#endif
    NotOurLeak(const NotOurLeak&) = delete;
    NotOurLeak& operator=(const NotOurLeak&) = delete;
};

CK_RV signInit(const CK_FUNCTION_LIST& f,
               CK_SESSION_HANDLE session,
               CK_MECHANISM_TYPE mechanism,
               ObjectHandle key) {
    CK_MECHANISM parameters{mechanism, nullptr, 0};
    if (mechanism != CKM_EDDSA) return f.C_SignInit(session, &parameters, key);
    [[maybe_unused]] const NotOurLeak around;
    return f.C_SignInit(session, &parameters, key);
}

CK_GCM_PARAMS gcm(ByteView iv, ByteView aad) {
    CK_GCM_PARAMS parameters{};
    parameters.pIv = input(iv);
    parameters.ulIvLen = iv.size();
    parameters.ulIvBits = iv.size() * 8;
    parameters.pAAD = aad.empty() ? nullptr : input(aad);
    parameters.ulAADLen = aad.size();
    parameters.ulTagBits = kGcmTagBits;
    return parameters;
}

}  // namespace

Result<Session> Session::open(std::shared_ptr<const Module> module,
                              CK_SLOT_ID slot,
                              Access access) {
    const CK_FLAGS flags = CKF_SERIAL_SESSION | (access == Access::kReadWrite ? CKF_RW_SESSION : 0);
    CK_SESSION_HANDLE handle = 0;
    const CK_RV opened = module->functions().C_OpenSession(slot, flags, nullptr, nullptr, &handle);
    if (opened != CKR_OK) return errorOf({"C_OpenSession", opened});
    return Session(std::move(module), handle);
}

Session::Session(Session&& other) noexcept
    : module_(std::move(other.module_)), handle_(other.handle_), failure_(other.failure_) {}

Session& Session::operator=(Session&& other) noexcept {
    if (this != &other) {
        close();
        module_ = std::move(other.module_);
        handle_ = other.handle_;
        failure_ = other.failure_;
    }
    return *this;
}

Session::~Session() {
    close();
}

void Session::close() noexcept {
    // The number of a lost session may already belong to another one: leave it alone.
    const CK_RV failed = failure_.has_value() ? failure_->code : CKR_OK;
    const bool lost = failed == CKR_SESSION_HANDLE_INVALID || failed == CKR_SESSION_CLOSED;
    // A failure to close helps nobody; the token closes what is left with the library.
    if (module_ != nullptr && !lost) static_cast<void>(f().C_CloseSession(handle_));
    module_.reset();
}

Status Session::check(const char* function, CK_RV code) {
    if (code == CKR_OK) return {};
    const Failure failure{function, code};
    if (!failure_.has_value()) failure_ = failure;
    return errorOf(failure);
}

Result<CK_STATE> Session::state() {
    CK_SESSION_INFO info{};
    SALLYPORT_CHECK(check("C_GetSessionInfo", f().C_GetSessionInfo(handle_, &info)));
    return info.state;
}

Status Session::requireUser() {
    SALLYPORT_TRY(const CK_STATE now, state());
    const bool user = now == CKS_RO_USER_FUNCTIONS || now == CKS_RW_USER_FUNCTIONS;
    return check("C_GetSessionInfo", user ? CKR_OK : CKR_USER_NOT_LOGGED_IN);
}

void Session::acceptRefusal() {
    if (failure_.has_value() && classOf(failure_->code) == FailureClass::kCaller) failure_.reset();
}

Result<Bytes> Session::sign(CK_MECHANISM_TYPE mechanism,
                            ObjectHandle key,
                            ByteView data,
                            std::size_t size) {
    SALLYPORT_CHECK(check("C_SignInit", signInit(f(), handle_, mechanism, key)));
    Bytes out(kSlack);
    CK_ULONG length = out.size();
    SALLYPORT_CHECK(
        check("C_Sign", f().C_Sign(handle_, input(data), data.size(), out.data(), &length)));
    if (length != size)
        return fail(ErrorCode::kIntegrity, "C_Sign: the token answered with an unexpected length");
    out.resize(size);
    return out;
}

Result<Bytes> Session::encryptGcm(ObjectHandle key, ByteView iv, ByteView aad, ByteView plaintext) {
    CK_GCM_PARAMS parameters = gcm(iv, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    SALLYPORT_CHECK(check("C_EncryptInit", f().C_EncryptInit(handle_, &mechanism, key)));
    Bytes out(plaintext.size() + kSlack);
    CK_ULONG length = out.size();
    SALLYPORT_CHECK(
        check("C_Encrypt",
              f().C_Encrypt(handle_, input(plaintext), plaintext.size(), out.data(), &length)));
    if (length != plaintext.size() + kGcmTagBits / 8) {
        return fail(ErrorCode::kIntegrity,
                    "C_Encrypt: the token answered with an unexpected length");
    }
    out.resize(length);
    return out;
}

Result<Bytes> Session::decryptGcm(ObjectHandle key,
                                  ByteView iv,
                                  ByteView aad,
                                  ByteView ciphertext) {
    CK_GCM_PARAMS parameters = gcm(iv, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    SALLYPORT_CHECK(check("C_DecryptInit", f().C_DecryptInit(handle_, &mechanism, key)));
    Bytes out(ciphertext.size() + kSlack);
    CK_ULONG length = out.size();
    SALLYPORT_CHECK(
        check("C_Decrypt",
              f().C_Decrypt(handle_, input(ciphertext), ciphertext.size(), out.data(), &length)));
    if (length + kGcmTagBits / 8 != ciphertext.size()) {
        return fail(ErrorCode::kIntegrity,
                    "C_Decrypt: the token answered with an unexpected length");
    }
    out.resize(length);
    return out;
}

Result<Bytes> Session::random(std::size_t size) {
    Bytes out(size);
    SALLYPORT_CHECK(
        check("C_GenerateRandom", f().C_GenerateRandom(handle_, out.data(), out.size())));
    return out;
}

Result<std::vector<ObjectHandle>> Session::find(Template& wanted) {
    SALLYPORT_CHECK(
        check("C_FindObjectsInit", f().C_FindObjectsInit(handle_, wanted.data(), wanted.size())));
    std::vector<ObjectHandle> found;
    std::array<ObjectHandle, kPage> page{};
    for (CK_ULONG count = kPage; count != 0;) {
        const CK_RV searched = f().C_FindObjects(handle_, page.data(), page.size(), &count);
        if (searched != CKR_OK) static_cast<void>(f().C_FindObjectsFinal(handle_));
        SALLYPORT_CHECK(check("C_FindObjects", searched));
        found.insert(found.end(),
                     page.begin(),
                     page.begin() + static_cast<std::ptrdiff_t>(std::min(count, kPage)));
    }
    SALLYPORT_CHECK(check("C_FindObjectsFinal", f().C_FindObjectsFinal(handle_)));
    return found;
}

Result<Bytes> Session::readAttribute(ObjectHandle object, CK_ATTRIBUTE_TYPE type, bool& shown) {
    Bytes value(kAttributeLimit);
    CK_ATTRIBUTE attribute{type, value.data(), value.size()};
    const CK_RV code = f().C_GetAttributeValue(handle_, object, &attribute, 1);
    // These three are answers, not failures.
    shown = code != CKR_ATTRIBUTE_TYPE_INVALID && code != CKR_ATTRIBUTE_SENSITIVE &&
            code != CKR_BUFFER_TOO_SMALL;
    if (!shown) return Bytes();
    SALLYPORT_CHECK(check("C_GetAttributeValue", code));
    shown = attribute.ulValueLen <= value.size();
    value.resize(shown ? attribute.ulValueLen : 0);
    return value;
}

Result<Attributes> Session::read(ObjectHandle object, std::span<const CK_ATTRIBUTE_TYPE> types) {
    Attributes attributes;
    for (const CK_ATTRIBUTE_TYPE type : types) {
        bool shown = false;
        SALLYPORT_TRY(Bytes value, readAttribute(object, type, shown));
        if (shown) attributes.set(type, std::move(value));
    }
    return attributes;
}

Result<ObjectHandle> Session::generateKey(CK_MECHANISM_TYPE mechanism, Template& key) {
    CK_MECHANISM parameters{mechanism, nullptr, 0};
    ObjectHandle made = 0;
    SALLYPORT_CHECK(check("C_GenerateKey",
                          f().C_GenerateKey(handle_, &parameters, key.data(), key.size(), &made)));
    return made;
}

Result<Session::Pair> Session::generatePair(CK_MECHANISM_TYPE mechanism,
                                            Template& public_key,
                                            Template& private_key) {
    CK_MECHANISM parameters{mechanism, nullptr, 0};
    Pair made{};
    const CK_RV code = f().C_GenerateKeyPair(handle_,
                                             &parameters,
                                             public_key.data(),
                                             public_key.size(),
                                             private_key.data(),
                                             private_key.size(),
                                             &made.public_key,
                                             &made.private_key);
    SALLYPORT_CHECK(check("C_GenerateKeyPair", code));
    return made;
}

Status Session::destroy(ObjectHandle object) {
    return check("C_DestroyObject", f().C_DestroyObject(handle_, object));
}

}  // namespace sallyport::hsm::pkcs11
