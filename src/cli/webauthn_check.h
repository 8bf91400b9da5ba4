#pragma once

#include "base/clock.h"
#include "base/json.h"

namespace sallyport::cli {

/// Puts one response to the verifiers that the service uses. `input` is
/// `{"type":"registration"|"assertion","rp_id","origins":[..],"challenge","user_verification",
/// "policy":{"attestation":[..],"trust_any_root"},"credential","response"}`; an assertion needs
/// the `credential` that the answer to a registration printed. Beyond that, `algorithms` (COSE
/// numbers that were offered; ES256 and EdDSA if absent) and `policy.backup_eligible` (accept
/// synced passkeys; true if absent) may be given.
/// Answers `{"verdict":"accepted"|"refused","code","step","detail","credential"?}`.
/// Errors: kInvalidRequest if `input` is not of that form; whatever is wrong inside `response` is a
/// verdict.
Result<Json> checkWebAuthn(const Json& input, Time now);

/// Whether an answer of checkWebAuthn() accepts.
bool isAccepted(const Json& answer);

}  // namespace sallyport::cli
