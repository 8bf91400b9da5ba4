// A known browser's cookie that is accepted has one spelling.

#include "base/result.h"
#include "mint/token_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = sallyport::asText({data, size});
    const auto known = sallyport::mint::parseKnownBrowser(text);
    if (known) SALLYPORT_ASSERT(sallyport::mint::formatKnownBrowser(*known).exposeText() == text);
    return 0;
}
