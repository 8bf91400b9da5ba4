#pragma once

#include "hsm/pkcs11/errors.h"

namespace sallyport::hsm {

/// What is tried, in this order, to find a device again.
enum class Rung {
    kNothing,     ///< the device is well: the call itself was wrong
    kNewSession,  ///< and look whether the login still stands
    kNewHandles,  ///< find every key again and prove it
    kNewLogin,    ///< log in again, then new handles
    kGone,        ///< nothing in this process helps
};

/// Where the ladder is entered after a failure.
Rung firstRung(pkcs11::FailureClass failure);

/// May a call be made again that changes the token? Only if the answer says that it was not begun.
bool wasNotBegun(pkcs11::FailureClass failure);

}  // namespace sallyport::hsm
