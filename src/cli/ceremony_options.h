#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "base/public_url.h"
#include "fido/security_key.h"

namespace sallyport::cli {

/// What a server asks of a key, read and checked for this program's use.
struct CreationOptions {
    fido::CredentialRequest request;  ///< with the client data of this program
    Duration time_out{};

    /// From PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 5.1.8). Errors: kIntegrity if it is
    /// none; kForbidden for a relying party that this server must not speak for.
    static Result<CreationOptions> parse(const Json& json, const PublicUrl& server);
};

struct RequestOptions {
    fido::AssertionRequest request;
    Bytes challenge;
    Duration time_out{};

    /// From PublicKeyCredentialRequestOptionsJSON; errors as above.
    static Result<RequestOptions> parse(const Json& json, const PublicUrl& server);
};

/// RegistrationResponseJSON.
Json responseJson(const fido::NewCredential& made);

/// AuthenticationResponseJSON.
Json responseJson(const fido::KeyAssertion& made);

}  // namespace sallyport::cli
