#pragma once

#include "app/profile.h"
#include "fido/attestation_trust.h"

namespace sallyport::app {

/// `[webauthn]` as the fido room takes it, with the roots read from their files. Errors:
/// kInvalidRequest with the place of a file that cannot be read, is larger than 256 KiB or holds no
/// certificate, and of a model that is there twice.
Result<fido::AttestationPolicy> attestationPolicy(const Config& config, Profile profile);

}  // namespace sallyport::app
