// Nothing but a vector of WebAuthn L3 16 is accepted as verified: an input that is accepted without
// a certificate is one that anybody may make (self attestation and none).

#include "fido/registration.h"
#include "tests/fuzz/fido_vectors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sallyport::fido {

namespace {

int judge(const std::uint8_t* data, std::size_t size) {
    const vectors::Pair& pair = vectors::kSpecification.back();
    const Parts parts = partsOf(data, size);

    AttestationPolicy policy;
    policy.allow_none = policy.allow_self = policy.allow_backup_eligible = true;
    policy.authenticators = {{*aaguidFromText("d5aa3358-1e8c-a478-e20f-e713f5d32ff2"),
                              "",
                              {vector(vectors::kRoot)},
                              {},
                              {}}};
    RegistrationExpectation expected;
    expected.rp_id = "example.org";
    expected.origins = {"https://example.org"};
    expected.challenge = vector(pair.registration_challenge);
    expected.user_verification = UserVerification::kDiscouraged;
    expected.algorithms = {
        Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kEs384, Algorithm::kRs256};
    expected.policy = &policy;
    expected.now = Time(std::chrono::seconds(1767225600));

    RegistrationResponse response;
    response.client_data_json = parts.client_data;
    response.attestation_object = parts.rest;
    response.id = vector("zp-EDtllmVgM0UD7x7syMGM_UPYQQa_3Mwiuccqoor0");
    const auto judged = verifyRegistration(response, expected);
    const auto* const proof = std::get_if<VerifiedRegistration>(&judged);
    if (proof == nullptr) {
        SALLYPORT_ASSERT(!std::get<Refusal>(judged).code.empty());
        SALLYPORT_ASSERT(!std::get<Refusal>(judged).step.empty());
        return 0;
    }
    SALLYPORT_ASSERT(proof->credentialId() == response.id);
    if (proof->attestation() == Attestation::kVerified) {
        SALLYPORT_ASSERT(response.client_data_json == vector(pair.registration_client_data));
    }
    return 0;
}

}  // namespace

}  // namespace sallyport::fido

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return sallyport::fido::judge(data, size);
}
