#include "hsm/pkcs11/login.h"

namespace sallyport::hsm::pkcs11 {

Status Login::checkPinFlags() {
    SALLYPORT_TRY(const CK_FLAGS flags, tokenFlags(*module_, token_.slot));
    const bool locked = (flags & CKF_USER_PIN_LOCKED) != 0;
    const bool final_try = (flags & CKF_USER_PIN_FINAL_TRY) != 0;
    const bool no_pin = (flags & CKF_USER_PIN_INITIALIZED) == 0;
    if (!locked && !final_try && !no_pin) return {};
    rejected_ = true;
    if (no_pin) {
        return fail(ErrorCode::kForbidden,
                    "the token has no user PIN yet; the security officer sets it");
    }
    return fail(ErrorCode::kForbidden,
                locked ? "the token has locked its user PIN; the security officer unlocks it"
                       : "the token locks its user PIN at the next mistake, so it is not tried; "
                         "log in once by hand, then restart");
}

Status Login::answer(CK_RV code, Session& anchor) {
    if (code == CKR_OK) return {};
    if (code == CKR_USER_ALREADY_LOGGED_IN) {
        // Another thread of a vendor's library may have been faster; it may also be the security
        // officer.
        if (anchor.requireUser().has_value()) return {};
        return fail(ErrorCode::kUnavailable, "C_Login: somebody else is logged in, not the user");
    }
    if (classOf(code) != FailureClass::kPinFatal) return errorOf({"C_Login", code});
    rejected_ = true;
    return fail(ErrorCode::kForbidden,
                "the token refused the PIN (" + nameOf(code) +
                    "); it was tried once and is not tried again: correct it and restart");
}

Status Login::logIn() {
    if (rejected_) {
        return fail(ErrorCode::kForbidden,
                    "the token refused the PIN before; it is not tried again");
    }
    SALLYPORT_CHECK(checkPinFlags());
    SALLYPORT_TRY(Session anchor, Session::open(module_, token_.slot, Session::Access::kReadOnly));
    const ByteView pin = pin_.expose();
    auto* bytes = pin.empty() ? nullptr : const_cast<CK_UTF8CHAR*>(pin.data());
    SALLYPORT_CHECK(
        answer(module_->functions().C_Login(anchor.handle(), CKU_USER, bytes, pin.size()), anchor));
    if (anchor_.has_value())
        static_cast<void>(anchor_->state());  // so that a lost one is not closed
    anchor_ = std::move(anchor);
    return {};
}

}  // namespace sallyport::hsm::pkcs11
