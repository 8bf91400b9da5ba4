#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

/// What can go wrong between a person, a security key and this program, and the one table from
/// libfido2's numbers to it.
namespace sallyport::fido {

enum class KeyTrouble {
    kNoKey,                   ///< nothing in any slot
    kNotFound,                ///< nothing under the path that was asked for
    kNotPermitted,            ///< the operating system does not let us open it
    kNotFido2,                ///< a U2F key, or none at all
    kPulled,                  ///< it does not answer any more
    kBusy,                    ///< another program uses it
    kTimedOut,                ///< nobody touched it in time
    kCancelled,               ///< by the person at the terminal
    kDeclined,                ///< by the person at the key
    kNoCredential,            ///< none for this relying party, or none of those allowed
    kAlreadyEnrolled,         ///< it holds a credential of the exclude list
    kPinNotSet,               ///< and one is needed
    kPinNeeded,               ///< and none was given
    kPinWrong,                ///< attempts are left
    kPinPaused,               ///< three wrong in a row: it must leave the slot first
    kPinBlocked,              ///< no attempt is left: only a reset helps
    kPinUnfit,                ///< too short, too long, or refused by the key's own policy
    kVerificationImpossible,  ///< neither PIN nor sensor
    kFingerNotRecognized,
    kFingerBlocked,  ///< too many tries: the PIN helps
    kFull,           ///< no room for another credential
    kUnsupported,    ///< an algorithm, option or extension that this key does not have
    kGarbled,        ///< its answer cannot be read
    kRefused,        ///< another refusal of the key
    kUnknown,        ///< a number that this program does not know
    kOurFault,       ///< we called the library wrongly
};

/// Stable, snake_case: `pin_wrong`. For `--json` and tests.
std::string_view codeOf(KeyTrouble trouble);

/// What the caller should do about it: `conflict` for kAlreadyEnrolled and so on.
ErrorCode errorCodeOf(KeyTrouble trouble);

/// The one table from FIDO_ERR_*; kUnknown for a number that is not in it. FIDO_OK is no trouble
/// and therefore kOurFault.
KeyTrouble troubleOf(int fido_error);

/// `FIDO_ERR_PIN_INVALID`, or `FIDO_ERR_0xf0` for numbers that the table does not know.
std::string fidoErrorName(int fido_error);

struct KeyProblem {
    KeyTrouble trouble = KeyTrouble::kOurFault;
    int fido_error = 0;               ///< 0 where libfido2 was not asked
    std::optional<int> retries_left;  ///< attempts at the PIN, where that matters

    std::string_view code() const { return codeOf(trouble); }

    /// For the person: what happened and what to do now. English, no full path, no secret.
    std::string sentence() const;
    /// For the log: `pin_wrong (FIDO_ERR_PIN_INVALID)`.
    Error error() const;
};

inline KeyProblem problem(KeyTrouble trouble) {
    return {trouble, 0, std::nullopt};
}

inline KeyProblem problemOf(int fido_error) {
    return {troubleOf(fido_error), fido_error, std::nullopt};
}

}  // namespace sallyport::fido
