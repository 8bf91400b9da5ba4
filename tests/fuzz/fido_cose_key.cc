// A key that is accepted has the length of its algorithm.

#include "fido/cose_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::fido::Algorithm;
    const auto key = sallyport::fido::CoseKey::parse({data, size});
    if (!key.has_value()) {
        SALLYPORT_ASSERT(key.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    const std::size_t length = key->material().size();
    switch (key->algorithm()) {
        case Algorithm::kEs256:
            SALLYPORT_ASSERT(length == 64);
            break;
        case Algorithm::kEs384:
            SALLYPORT_ASSERT(length == 96);
            break;
        case Algorithm::kEdDsa:
            SALLYPORT_ASSERT(length == 32);
            break;
        case Algorithm::kRs256:
            SALLYPORT_ASSERT(length == 259);
            break;
    }
    SALLYPORT_ASSERT(size > length);
    return 0;
}
