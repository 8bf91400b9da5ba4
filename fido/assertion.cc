#include "fido/assertion.h"

#include "fido/response_json.h"

namespace sallyport::fido {

namespace {

Result<AssertionResponse> parseResponse(const Json& json) {
    AssertionResponse parsed;
    SALLYPORT_TRY(parsed.id, credentialIdOf(json));
    SALLYPORT_TRY(const Json* inner, innerResponseOf(json));
    SALLYPORT_TRY(parsed.client_data_json, bytesMember(*inner, "clientDataJSON", kMostClientData));
    SALLYPORT_TRY(parsed.authenticator_data,
                  bytesMember(*inner, "authenticatorData", kMostAuthenticatorData));
    SALLYPORT_TRY(parsed.signature, bytesMember(*inner, "signature", kMostSignature));
    const Json* const handle = inner->find("userHandle");
    if (handle != nullptr && !handle->isNull()) {
        SALLYPORT_TRY(parsed.user_handle, bytesMember(*inner, "userHandle", kMostUserHandle));
    }
    return parsed;
}

}  // namespace

Judged<AssertionResponse> AssertionResponse::parse(const Json& json) {
    Result<AssertionResponse> parsed = parseResponse(json);
    if (parsed.has_value()) return *std::move(parsed);
    return Refusal{"malformed_response", "7.2 steps 2 to 4 (R1)", parsed.error().detail};
}

Judged<VerifiedAssertion> verifyAssertion(const AssertionResponse&,
                                          const StoredCredential&,
                                          const AssertionExpectation&) {
    return refuse("not_supported", "assertions are not verified by this build");
}

}  // namespace sallyport::fido
