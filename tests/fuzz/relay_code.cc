// A relay code that is accepted is eight symbols, and reads the same again.

#include "base/result.h"
#include "mint/token_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto code = sallyport::mint::parseRelayCode(sallyport::asText({data, size}));
    if (!code) return 0;
    SALLYPORT_ASSERT(code->size() == 8);
    const auto again = sallyport::mint::parseRelayCode(code->exposeText());
    SALLYPORT_ASSERT(again.has_value() && *again == *code);
    return 0;
}
