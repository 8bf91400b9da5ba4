#include "fido/security_key_errors.h"

#include "base/bytes.h"

#include <fido.h>

#include <algorithm>
#include <iterator>

namespace sallyport::fido {

namespace {

struct Row {
    std::string_view name;
    int code;
    KeyTrouble trouble;
};

#define SALLYPORT_FIDO_ROW(code, trouble) \
    { #code, code, KeyTrouble::trouble }

// In the order of <fido/err.h>. RX and TX are what a pulled key looks like; whoever runs a deadline
// knows better when it has passed. PIN_AUTH_INVALID is the answer to a second "set PIN", and to a
// token that does not fit: of both the person only learns that the key said no.
// clang-format off
constexpr Row kRows[] = {
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_COMMAND, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_PARAMETER, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_LENGTH, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_SEQ, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_TIMEOUT, kTimedOut),
    SALLYPORT_FIDO_ROW(FIDO_ERR_CHANNEL_BUSY, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_LOCK_REQUIRED, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_CHANNEL, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_CBOR_UNEXPECTED_TYPE, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_CBOR, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_MISSING_PARAMETER, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_LIMIT_EXCEEDED, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UNSUPPORTED_EXTENSION, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_FP_DATABASE_FULL, kFull),
    SALLYPORT_FIDO_ROW(FIDO_ERR_LARGEBLOB_STORAGE_FULL, kFull),
    SALLYPORT_FIDO_ROW(FIDO_ERR_CREDENTIAL_EXCLUDED, kAlreadyEnrolled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PROCESSING, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_CREDENTIAL, kNoCredential),
    SALLYPORT_FIDO_ROW(FIDO_ERR_USER_ACTION_PENDING, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_OPERATION_PENDING, kBusy),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NO_OPERATIONS, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UNSUPPORTED_ALGORITHM, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_OPERATION_DENIED, kDeclined),
    SALLYPORT_FIDO_ROW(FIDO_ERR_KEY_STORE_FULL, kFull),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NOT_BUSY, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NO_OPERATION_PENDING, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UNSUPPORTED_OPTION, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_OPTION, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_KEEPALIVE_CANCEL, kCancelled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NO_CREDENTIALS, kNoCredential),
    SALLYPORT_FIDO_ROW(FIDO_ERR_USER_ACTION_TIMEOUT, kTimedOut),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NOT_ALLOWED, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_INVALID, kPinWrong),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_BLOCKED, kPinBlocked),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_AUTH_INVALID, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_AUTH_BLOCKED, kPinPaused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_NOT_SET, kPinNotSet),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_REQUIRED, kPinNeeded),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_POLICY_VIOLATION, kPinUnfit),
    SALLYPORT_FIDO_ROW(FIDO_ERR_PIN_TOKEN_EXPIRED, kTimedOut),
    SALLYPORT_FIDO_ROW(FIDO_ERR_REQUEST_TOO_LARGE, kUnsupported),
    SALLYPORT_FIDO_ROW(FIDO_ERR_ACTION_TIMEOUT, kTimedOut),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UP_REQUIRED, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UV_BLOCKED, kFingerBlocked),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UV_INVALID, kFingerNotRecognized),
    SALLYPORT_FIDO_ROW(FIDO_ERR_UNAUTHORIZED_PERM, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_ERR_OTHER, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_SPEC_LAST, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_TX, kPulled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_RX, kPulled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_RX_NOT_CBOR, kGarbled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_RX_INVALID_CBOR, kGarbled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_PARAM, kGarbled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_SIG, kGarbled),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INVALID_ARGUMENT, kOurFault),
    SALLYPORT_FIDO_ROW(FIDO_ERR_USER_PRESENCE_REQUIRED, kRefused),
    SALLYPORT_FIDO_ROW(FIDO_ERR_INTERNAL, kOurFault),
    SALLYPORT_FIDO_ROW(FIDO_ERR_NOTFOUND, kNoCredential),
    SALLYPORT_FIDO_ROW(FIDO_ERR_COMPRESS, kOurFault),
};
// clang-format on

#undef SALLYPORT_FIDO_ROW

const Row* rowOf(int fido_error) {
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& each) {
        return each.code == fido_error;
    });
    return row == std::end(kRows) ? nullptr : row;
}

struct Meaning {
    std::string_view code;
    ErrorCode error;
    std::string_view sentence;
};

// clang-format off
Meaning meaningOf(KeyTrouble trouble) {
    switch (trouble) {
        case KeyTrouble::kNoKey:
            return {"no_key", ErrorCode::kUnavailable, "No security key is plugged in. Plug one in and try again."};
        case KeyTrouble::kNotFound:
            return {"key_not_found", ErrorCode::kNotFound, "There is no security key at that place. List the keys to see where they are."};
        case KeyTrouble::kNotPermitted:
            return {"not_permitted", ErrorCode::kForbidden, "You may not use this device. On Linux the udev rules of libfido2 (package libfido2-1) give the person at the desk access; plug the key in again after installing them."};
        case KeyTrouble::kNotFido2:
            return {"not_fido2", ErrorCode::kForbidden, "This key does not speak FIDO2. Use a FIDO2 security key."};
        case KeyTrouble::kPulled:
            return {"key_gone", ErrorCode::kUnavailable, "The security key does not answer any more. Plug it in, leave it there and try again."};
        case KeyTrouble::kBusy:
            return {"key_busy", ErrorCode::kUnavailable, "Another program is using the security key. Close it and try again."};
        case KeyTrouble::kTimedOut:
            return {"touch_timed_out", ErrorCode::kUnavailable, "Nobody touched the security key in time. Try again and touch it when it blinks."};
        case KeyTrouble::kCancelled:
            return {"cancelled", ErrorCode::kConflict, "Cancelled. Nothing was done."};
        case KeyTrouble::kDeclined:
            return {"declined", ErrorCode::kForbidden, "It was declined at the security key. Nothing was done."};
        case KeyTrouble::kNoCredential:
            return {"no_credential", ErrorCode::kNotFound, "This security key is not enrolled here. Use the one that you enrolled."};
        case KeyTrouble::kAlreadyEnrolled:
            return {"already_enrolled", ErrorCode::kConflict, "This security key is enrolled already. Use another one."};
        case KeyTrouble::kPinNotSet:
            return {"pin_not_set", ErrorCode::kForbidden, "This security key has no PIN, and one is needed. Set one with `sallyport key set-pin` and try again."};
        case KeyTrouble::kPinNeeded:
            return {"pin_needed", ErrorCode::kForbidden, "This security key wants its PIN."};
        case KeyTrouble::kPinWrong:
            return {"pin_wrong", ErrorCode::kForbidden, "That is not the PIN of this security key."};
        case KeyTrouble::kPinPaused:
            return {"pin_paused", ErrorCode::kForbidden, "Three wrong PINs in a row. Take the security key out, put it in again and take care: attempts are few."};
        case KeyTrouble::kPinBlocked:
            return {"pin_blocked", ErrorCode::kForbidden, "The PIN of this security key is blocked: no attempt is left. Use another key and report this one; a reset would erase all that it holds."};
        case KeyTrouble::kPinUnfit:
            return {"pin_unfit", ErrorCode::kInvalidRequest, "The security key does not take this PIN: it is too short or too long, or the key demands another one. Choose another one: `sallyport key change-pin`."};
        case KeyTrouble::kVerificationImpossible:
            return {"verification_impossible", ErrorCode::kForbidden, "This security key can check neither a PIN nor a fingerprint. Use one that can."};
        case KeyTrouble::kFingerNotRecognized:
            return {"finger_not_recognized", ErrorCode::kForbidden, "The security key did not recognize the finger. Try again."};
        case KeyTrouble::kFingerBlocked:
            return {"finger_blocked", ErrorCode::kForbidden, "The fingerprint reader is blocked after too many tries. Use the PIN."};
        case KeyTrouble::kFull:
            return {"key_full", ErrorCode::kConflict, "The security key has no room for another credential. Remove one that you do not need."};
        case KeyTrouble::kUnsupported:
            return {"unsupported", ErrorCode::kForbidden, "This security key cannot do what is asked. Use a newer one."};
        case KeyTrouble::kGarbled:
            return {"garbled", ErrorCode::kUnavailable, "The answer of the security key cannot be read. Plug it in again and try once more."};
        case KeyTrouble::kRefused:
            return {"key_refused", ErrorCode::kForbidden, "The security key refused. Plug it in again and try once more."};
        case KeyTrouble::kUnknown:
            return {"unknown_answer", ErrorCode::kUnavailable, "The security key gave an answer that this program does not know. Plug it in again and try once more."};
        case KeyTrouble::kOurFault:
            break;
    }
    return {"internal", ErrorCode::kInternal, "This program did not use the security key in the right way. Please report it."};
}

// clang-format on

}  // namespace

std::string_view codeOf(KeyTrouble trouble) {
    return meaningOf(trouble).code;
}

ErrorCode errorCodeOf(KeyTrouble trouble) {
    return meaningOf(trouble).error;
}

KeyTrouble troubleOf(int fido_error) {
    if (fido_error == FIDO_OK) return KeyTrouble::kOurFault;
    const Row* row = rowOf(fido_error);
    return row != nullptr ? row->trouble : KeyTrouble::kUnknown;
}

std::string fidoErrorName(int fido_error) {
    if (const Row* row = rowOf(fido_error); row != nullptr) return std::string(row->name);
    const auto number = static_cast<std::uint8_t>(fido_error);
    return "FIDO_ERR_0x" + toHex(ByteView(&number, 1));
}

std::string KeyProblem::sentence() const {
    std::string out(meaningOf(trouble).sentence);
    if (!retries_left) return out;
    if (*retries_left == 1) return out + " One attempt is left; after that the key is blocked.";
    return out + " " + std::to_string(*retries_left) + " attempts are left.";
}

Error KeyProblem::error() const {
    std::string detail(code());
    if (fido_error != 0) detail += " (" + fidoErrorName(fido_error) + ")";
    return fail(errorCodeOf(trouble), std::move(detail));
}

}  // namespace sallyport::fido
