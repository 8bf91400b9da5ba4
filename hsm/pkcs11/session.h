#pragma once

#include "hsm/pkcs11/attributes.h"
#include "hsm/pkcs11/errors.h"
#include "hsm/pkcs11/module.h"

#include <optional>
#include <span>

namespace sallyport::hsm::pkcs11 {

using ObjectHandle = CK_OBJECT_HANDLE;

/// One PKCS#11 session; one operation at a time, so one thread. It never logs in or out: login
/// belongs to the application and the token, and a C_Logout on any session ends it for all. After a
/// failure the state of its operation is unknown: throw the session away, as failure() says.
class Session final {
  public:
    enum class Access { kReadOnly, kReadWrite };

    static Result<Session> open(std::shared_ptr<const Module> module,
                                CK_SLOT_ID slot,
                                Access access);

    Session(Session&& other) noexcept;
    Session& operator=(Session&& other) noexcept;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// The first call that did not answer CKR_OK; absent while the session is good.
    const std::optional<Failure>& failure() const noexcept { return failure_; }

    CK_SESSION_HANDLE handle() const noexcept { return handle_; }

    /// CKS_…
    Result<CK_STATE> state();

    /// Fails as CKR_USER_NOT_LOGGED_IN unless a user is logged in: without one, a search just finds
    /// less.
    Status requireUser();

    /// Goes on after a refusal (class kCaller): the token was asked for what a key must not do.
    void acceptRefusal();

    /// C_Sign; kIntegrity unless the token answers exactly `size` bytes. Used for MACs too: some
    /// modules answer a wrong MAC in C_Verify with CKR_DEVICE_ERROR.
    Result<Bytes> sign(CK_MECHANISM_TYPE mechanism,
                       ObjectHandle key,
                       ByteView data,
                       std::size_t size);

    /// AES-GCM with a 16-byte tag at the end.
    Result<Bytes> encryptGcm(ObjectHandle key, ByteView iv, ByteView aad, ByteView plaintext);
    Result<Bytes> decryptGcm(ObjectHandle key, ByteView iv, ByteView aad, ByteView ciphertext);

    Result<Bytes> random(std::size_t size);

    /// All handles that match, before anything else is read: some modules lose the search when it
    /// is interleaved.
    Result<std::vector<ObjectHandle>> find(Template& wanted);

    /// One attribute at a time, because several modules give up the whole list at the first that
    /// they do not know.
    Result<Attributes> read(ObjectHandle object, std::span<const CK_ATTRIBUTE_TYPE> types);

    Result<ObjectHandle> generateKey(CK_MECHANISM_TYPE mechanism, Template& key);

    struct Pair {
        ObjectHandle public_key;
        ObjectHandle private_key;
    };

    Result<Pair> generatePair(CK_MECHANISM_TYPE mechanism,
                              Template& public_key,
                              Template& private_key);

    Status destroy(ObjectHandle object);

  private:
    Session(std::shared_ptr<const Module> module, CK_SESSION_HANDLE handle)
        : module_(std::move(module)), handle_(handle) {}

    const CK_FUNCTION_LIST& f() const { return module_->functions(); }

    Status check(const char* function, CK_RV code);
    Result<Bytes> readAttribute(ObjectHandle object, CK_ATTRIBUTE_TYPE type, bool& shown);
    void close() noexcept;

    std::shared_ptr<const Module> module_;  // null when moved from
    CK_SESSION_HANDLE handle_ = 0;
    std::optional<Failure> failure_;
};

}  // namespace sallyport::hsm::pkcs11
