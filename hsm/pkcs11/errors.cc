#include "hsm/pkcs11/errors.h"

#include <algorithm>
#include <iterator>

namespace sallyport::hsm::pkcs11 {
namespace {

struct Row {
    CK_RV code;
    std::string_view name;
    FailureClass failure;
    ErrorCode error;
};

// In the order of the values. GENERAL_ERROR and DEVICE_ERROR are suspect and not gone: SoftHSM
// answers the first for any wrong ciphertext, a dead connection the second for ever, and only a new
// attempt tells them apart. After BUFFER_TOO_SMALL the operation is still active, so that session
// is of no use.
// clang-format off
constexpr Row kRows[] = {
    {CKR_CANCEL, "CKR_CANCEL", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_HOST_MEMORY, "CKR_HOST_MEMORY", FailureClass::kResource, ErrorCode::kUnavailable},
    {CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_NO_EVENT, "CKR_NO_EVENT", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_NEED_TO_CREATE_THREADS, "CKR_NEED_TO_CREATE_THREADS", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_CANT_LOCK, "CKR_CANT_LOCK", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_ACTION_PROHIBITED, "CKR_ACTION_PROHIBITED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_DATA_INVALID, "CKR_DATA_INVALID", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY", FailureClass::kResource, ErrorCode::kUnavailable},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_ENCRYPTED_DATA_LEN_RANGE, "CKR_ENCRYPTED_DATA_LEN_RANGE", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_FUNCTION_NOT_PARALLEL, "CKR_FUNCTION_NOT_PARALLEL", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", FailureClass::kKeyMissing, ErrorCode::kIntegrity},
    {CKR_KEY_SIZE_RANGE, "CKR_KEY_SIZE_RANGE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT", FailureClass::kCaller, ErrorCode::kIntegrity},
    {CKR_KEY_NOT_NEEDED, "CKR_KEY_NOT_NEEDED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_CHANGED, "CKR_KEY_CHANGED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_NEEDED, "CKR_KEY_NEEDED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_INDIGESTIBLE, "CKR_KEY_INDIGESTIBLE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED", FailureClass::kCaller, ErrorCode::kIntegrity},
    {CKR_KEY_NOT_WRAPPABLE, "CKR_KEY_NOT_WRAPPABLE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_KEY_UNEXTRACTABLE, "CKR_KEY_UNEXTRACTABLE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", FailureClass::kKeyMissing, ErrorCode::kIntegrity},
    {CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE", FailureClass::kSessionLost, ErrorCode::kUnavailable},
    {CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED", FailureClass::kSessionLost, ErrorCode::kUnavailable},
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_PIN_INVALID, "CKR_PIN_INVALID", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", FailureClass::kSessionLost, ErrorCode::kUnavailable},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT", FailureClass::kResource, ErrorCode::kUnavailable},
    {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", FailureClass::kSessionLost, ErrorCode::kUnavailable},
    {CKR_SESSION_PARALLEL_NOT_SUPPORTED, "CKR_SESSION_PARALLEL_NOT_SUPPORTED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_SESSION_READ_ONLY, "CKR_SESSION_READ_ONLY", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_SESSION_EXISTS, "CKR_SESSION_EXISTS", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_SESSION_READ_ONLY_EXISTS, "CKR_SESSION_READ_ONLY_EXISTS", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_SESSION_READ_WRITE_SO_EXISTS, "CKR_SESSION_READ_WRITE_SO_EXISTS", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_SIGNATURE_INVALID, "CKR_SIGNATURE_INVALID", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_SIGNATURE_LEN_RANGE, "CKR_SIGNATURE_LEN_RANGE", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_UNWRAPPING_KEY_HANDLE_INVALID, "CKR_UNWRAPPING_KEY_HANDLE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_UNWRAPPING_KEY_SIZE_RANGE, "CKR_UNWRAPPING_KEY_SIZE_RANGE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_USER_ALREADY_LOGGED_IN, "CKR_USER_ALREADY_LOGGED_IN", FailureClass::kLoginLost, ErrorCode::kUnavailable},
    {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", FailureClass::kLoginLost, ErrorCode::kUnavailable},
    {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", FailureClass::kLoginLost, ErrorCode::kUnavailable},
    {CKR_USER_TOO_MANY_TYPES, "CKR_USER_TOO_MANY_TYPES", FailureClass::kLoginLost, ErrorCode::kUnavailable},
    {CKR_WRAPPED_KEY_INVALID, "CKR_WRAPPED_KEY_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_WRAPPED_KEY_LEN_RANGE, "CKR_WRAPPED_KEY_LEN_RANGE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_WRAPPING_KEY_HANDLE_INVALID, "CKR_WRAPPING_KEY_HANDLE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_WRAPPING_KEY_SIZE_RANGE, "CKR_WRAPPING_KEY_SIZE_RANGE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "CKR_WRAPPING_KEY_TYPE_INCONSISTENT", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_RANDOM_SEED_NOT_SUPPORTED, "CKR_RANDOM_SEED_NOT_SUPPORTED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_RANDOM_NO_RNG, "CKR_RANDOM_NO_RNG", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_DOMAIN_PARAMS_INVALID, "CKR_DOMAIN_PARAMS_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_CURVE_NOT_SUPPORTED, "CKR_CURVE_NOT_SUPPORTED", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_BUFFER_TOO_SMALL, "CKR_BUFFER_TOO_SMALL", FailureClass::kSessionLost, ErrorCode::kInternal},
    {CKR_SAVED_STATE_INVALID, "CKR_SAVED_STATE_INVALID", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_INFORMATION_SENSITIVE, "CKR_INFORMATION_SENSITIVE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_STATE_UNSAVEABLE, "CKR_STATE_UNSAVEABLE", FailureClass::kCaller, ErrorCode::kInternal},
    {CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_CRYPTOKI_ALREADY_INITIALIZED, "CKR_CRYPTOKI_ALREADY_INITIALIZED", FailureClass::kLibraryLost, ErrorCode::kConflict},
    {CKR_MUTEX_BAD, "CKR_MUTEX_BAD", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
    {CKR_MUTEX_NOT_LOCKED, "CKR_MUTEX_NOT_LOCKED", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
    {CKR_NEW_PIN_MODE, "CKR_NEW_PIN_MODE", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_NEXT_OTP, "CKR_NEXT_OTP", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_EXCEEDED_MAX_ITERATIONS, "CKR_EXCEEDED_MAX_ITERATIONS", FailureClass::kResource, ErrorCode::kUnavailable},
    {CKR_FIPS_SELF_TEST_FAILED, "CKR_FIPS_SELF_TEST_FAILED", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_LIBRARY_LOAD_FAILED, "CKR_LIBRARY_LOAD_FAILED", FailureClass::kLibraryLost, ErrorCode::kUnavailable},
    {CKR_PIN_TOO_WEAK, "CKR_PIN_TOO_WEAK", FailureClass::kPinFatal, ErrorCode::kForbidden},
    {CKR_PUBLIC_KEY_INVALID, "CKR_PUBLIC_KEY_INVALID", FailureClass::kCaller, ErrorCode::kInvalidRequest},
    {CKR_FUNCTION_REJECTED, "CKR_FUNCTION_REJECTED", FailureClass::kDeviceSuspect, ErrorCode::kUnavailable},
};

// clang-format on

const Row* find(CK_RV code) {
    const auto* row = std::lower_bound(
        std::begin(kRows), std::end(kRows), code, [](const Row& r, CK_RV c) { return r.code < c; });
    return row != std::end(kRows) && row->code == code ? row : nullptr;
}

}  // namespace

std::string_view name(FailureClass failure) {
    switch (failure) {
        case FailureClass::kCaller:
            return "caller";
        case FailureClass::kKeyMissing:
            return "key_missing";
        case FailureClass::kSessionLost:
            return "session_lost";
        case FailureClass::kLoginLost:
            return "login_lost";
        case FailureClass::kDeviceSuspect:
            return "device_suspect";
        case FailureClass::kLibraryLost:
            return "library_lost";
        case FailureClass::kPinFatal:
            return "pin_fatal";
        case FailureClass::kResource:
            return "resource";
        case FailureClass::kUnknown:
            return "unknown";
    }
    return "unknown";
}

FailureClass classOf(CK_RV code) {
    const Row* row = find(code);
    return row == nullptr ? FailureClass::kUnknown : row->failure;
}

ErrorCode errorCodeOf(CK_RV code) {
    const Row* row = find(code);
    return row == nullptr ? ErrorCode::kUnavailable : row->error;
}

std::string nameOf(CK_RV code) {
    if (code == CKR_OK) return "CKR_OK";
    if (const Row* row = find(code)) return std::string(row->name);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (CK_RV rest = code; rest != 0; rest >>= 4U)
        digits.insert(digits.begin(), kDigits[rest & 0xfU]);
    return "CKR_0x" + digits;
}

Error errorOf(const Failure& failure) {
    return fail(errorCodeOf(failure.code),
                std::string(failure.function) + ": " + nameOf(failure.code));
}

}  // namespace sallyport::hsm::pkcs11
