// Of all client data and authenticator data only those of the vector go with its signature.

#include "fido/assertion.h"
#include "tests/fuzz/fido_vectors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sallyport::fido {

namespace {

int judge(const std::uint8_t* data, std::size_t size) {
    const vectors::Pair& pair = vectors::kSpecification.back();
    const Parts parts = partsOf(data, size);

    const AttestationPolicy policy;
    AssertionExpectation expected;
    expected.rp_id = "example.org";
    expected.origins = {"https://example.org"};
    expected.challenge = vector(pair.assertion_challenge);
    expected.user_verification = UserVerification::kDiscouraged;
    expected.policy = &policy;
    StoredCredential stored;
    stored.id = {1};
    stored.algorithm = Algorithm::kEdDsa;
    stored.public_key = vector("pAEBAycgBiFYIETgbd0zHDao3GZ7q1K8rmNIbJFqpeM55qzrqoSTS_gy");

    AssertionResponse response;
    response.id = stored.id;
    response.client_data_json = parts.client_data;
    response.authenticator_data = parts.rest;
    response.signature = vector(pair.signature);
    const auto judged = verifyAssertion(response, stored, expected);
    if (const auto* const refusal = std::get_if<Refusal>(&judged)) {
        SALLYPORT_ASSERT(!refusal->code.empty() && !refusal->step.empty());
        return 0;
    }
    SALLYPORT_ASSERT(response.client_data_json == vector(pair.assertion_client_data));
    SALLYPORT_ASSERT(response.authenticator_data == vector(pair.authenticator_data));
    return 0;
}

}  // namespace

}  // namespace sallyport::fido

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return sallyport::fido::judge(data, size);
}
