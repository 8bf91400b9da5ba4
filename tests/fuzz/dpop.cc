// A proof that is accepted names the key that signed it, and is good where and when it says.

#include "token/dpop.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto proof = sallyport::token::DpopProof::parse(sallyport::asText({data, size}));
    if (!proof) return 0;
    SALLYPORT_ASSERT(!proof->jti.empty() && proof->jti.size() <= 128);
    const auto here =
        sallyport::token::checkProof(*proof, {proof->htm, proof->htu, ""}, proof->issued);
    SALLYPORT_ASSERT(here.has_value() == proof->ath.empty());
    return 0;
}
