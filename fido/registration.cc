#include "fido/registration.h"

#include "fido/response_json.h"

namespace sallyport::fido {

namespace {

Result<RegistrationResponse> parseResponse(const Json& json) {
    RegistrationResponse parsed;
    SALLYPORT_TRY(parsed.id, credentialIdOf(json));
    SALLYPORT_TRY(const Json* inner, innerResponseOf(json));
    SALLYPORT_TRY(parsed.client_data_json, bytesMember(*inner, "clientDataJSON", kMostClientData));
    SALLYPORT_TRY(parsed.attestation_object,
                  bytesMember(*inner, "attestationObject", kMostAttestationObject));
    SALLYPORT_TRY(parsed.transports, transportsOf(*inner));
    return parsed;
}

}  // namespace

Judged<RegistrationResponse> RegistrationResponse::parse(const Json& json) {
    Result<RegistrationResponse> parsed = parseResponse(json);
    if (parsed.has_value()) return *std::move(parsed);
    return Refusal{"malformed_response", "7.1 steps 2 to 4 (R1)", parsed.error().detail};
}

Judged<VerifiedRegistration> verifyRegistration(const RegistrationResponse&,
                                                const RegistrationExpectation&) {
    return refuse("not_supported", "registration is not verified by this build");
}

}  // namespace sallyport::fido
