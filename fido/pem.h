#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <vector>

namespace sallyport::fido {

/// The DER of every certificate in a PEM file (RFC 7468), each parsed once; text around them is
/// passed over. Errors: kInvalidRequest if there is none or one cannot be read.
Result<std::vector<Bytes>> certificatesFromPem(std::string_view text);

}  // namespace sallyport::fido
