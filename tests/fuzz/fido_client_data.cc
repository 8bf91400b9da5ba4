// What is accepted kept the rules: bounded, and the same with and without a byte order mark.

#include "fido/client_data.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::fido::ClientData;
    const auto parsed = ClientData::parse({data, size});
    if (!parsed.has_value()) {
        SALLYPORT_ASSERT(parsed.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    SALLYPORT_ASSERT(size <= 4096);
    SALLYPORT_ASSERT(!parsed->challenge.empty());
    if (data[0] == 0xef || size > 4093) return 0;
    sallyport::Bytes marked = {0xef, 0xbb, 0xbf};
    marked.insert(marked.end(), data, data + size);
    const auto again = ClientData::parse(marked);
    SALLYPORT_ASSERT(again.has_value() && again->origin == parsed->origin);
    return 0;
}
