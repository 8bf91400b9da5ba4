#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "fido/openssl.h"

#include <vector>

namespace sallyport::fido {

/// Null if `der` is no certificate, or has bytes behind it.
CertificatePtr readCertificate(ByteView der);

/// Whether `x5c` (leaf first, DER) leads to one of `roots` (DER) at `now`: signatures of at least
/// 112 bits of strength, validity of every certificate, issuers that are certification authorities.
/// A root may be any certificate of the chain, also the leaf. Errors: kInvalidRequest, saying which
/// of OpenSSL's reasons.
Status checkChain(const std::vector<Bytes>& x5c, const std::vector<Bytes>& roots, Time now);

/// Whether a certificate behind the leaf issued itself: x5c holds a root then. Errors:
/// kInvalidRequest for what is no certificate.
Result<bool> holdsRoot(const std::vector<Bytes>& x5c);

}  // namespace sallyport::fido
