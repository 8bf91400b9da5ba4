// A token that is accepted has one spelling.

#include "mint/token_text.h"

#include "base/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = sallyport::asText({data, size});
    for (const auto prefix : {sallyport::mint::kLinkPrefix,
                              sallyport::mint::kSessionPrefix,
                              sallyport::mint::kTicketPrefix}) {
        const auto token = sallyport::mint::parseToken(prefix, text);
        if (!token) continue;
        SALLYPORT_ASSERT(sallyport::mint::formatToken(prefix, *token).exposeText() == text);
    }
    return 0;
}
