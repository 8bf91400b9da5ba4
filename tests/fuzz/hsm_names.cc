// What a token says of itself: labels of keys have one spelling, EC points one meaning.

#include "hsm/key_ring.h"
#include "hsm/public_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sallyport;
    const ByteView input(data, size);

    const std::string_view label = asText(input);
    const auto key = hsm::keyFromLabel("main", label);
    SALLYPORT_ASSERT(!key.has_value() || hsm::labelOf("main", *key) == label);

    for (const std::size_t wanted : {std::size_t{32}, std::size_t{65}}) {
        const auto point = hsm::unwrapPoint(input, wanted);
        SALLYPORT_ASSERT(!point.has_value() || point->size() == wanted);
        if (!point.has_value()) continue;
        const auto spki = wanted == 32 ? hsm::ed25519Spki(*point) : hsm::p256Spki(*point);
        SALLYPORT_ASSERT(!spki.has_value() || !spki->empty());
    }
    static_cast<void>(hsm::lowS(copyBytes(input)));
    return 0;
}
