#pragma once

#include "base/result.h"

namespace sallyport::fido {

/// Known answers and known refusals, put to the verifiers and to the installed libfido2: takes a
/// few milliseconds, needs nothing outside the program. Errors: kIntegrity, naming the case that
/// came out differently; then no response may be believed.
Status selfTest();

}  // namespace sallyport::fido
