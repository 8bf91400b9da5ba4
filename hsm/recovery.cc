#include "hsm/recovery.h"

namespace sallyport::hsm {

using pkcs11::FailureClass;

Rung firstRung(FailureClass failure) {
    switch (failure) {
        case FailureClass::kCaller:
            return Rung::kNothing;
        case FailureClass::kSessionLost:
        case FailureClass::kDeviceSuspect:
        case FailureClass::kResource:
        case FailureClass::kUnknown:
        // What lost the login is seen by looking at a new session, not by believing one answer.
        case FailureClass::kLoginLost:
            return Rung::kNewSession;
        // The same answer for an object that vanished, and for handles that died with a login.
        case FailureClass::kKeyMissing:
            return Rung::kNewHandles;
        case FailureClass::kLibraryLost:
        case FailureClass::kPinFatal:
            return Rung::kGone;
    }
    return Rung::kGone;
}

bool wasNotBegun(FailureClass failure) {
    return failure == FailureClass::kSessionLost || failure == FailureClass::kLoginLost;
}

}  // namespace sallyport::hsm
