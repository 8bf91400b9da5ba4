#pragma once

#include "base/result.h"
#include "hsm/pkcs11/cryptoki.h"

#include <string>
#include <string_view>

/// The one table from CK_RV to what is done about it.
namespace sallyport::hsm::pkcs11 {

/// What a failed call says about the state of things; decides the recovery.
enum class FailureClass {
    kCaller,         ///< the call or its data were wrong; the device is well
    kKeyMissing,     ///< the object is not behind this handle; also how a lost login looks
    kSessionLost,    ///< a new session helps
    kLoginLost,      ///< logging in again helps
    kDeviceSuspect,  ///< something in the device; the session must not be trusted again
    kLibraryLost,    ///< the library or token is gone; only a new start of the library can help
    kPinFatal,       ///< never try this PIN again by itself
    kResource,       ///< full or out of memory; later
    kUnknown,        ///< vendor-defined or new; treated as suspect
};

std::string_view name(FailureClass failure);

/// A call that did not answer CKR_OK. `function` is a literal.
struct Failure {
    const char* function;
    CK_RV code;
};

FailureClass classOf(CK_RV code);
ErrorCode errorCodeOf(CK_RV code);

/// `CKR_DEVICE_ERROR`, or `CKR_0x80000005` for values that the table does not know.
std::string nameOf(CK_RV code);

/// `C_Sign: CKR_DEVICE_ERROR` under the table's code.
Error errorOf(const Failure& failure);

}  // namespace sallyport::hsm::pkcs11
