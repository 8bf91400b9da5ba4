// A mailbox that is accepted is one mailbox, and has that one spelling.

#include "account/address.h"

#include <algorithm>

using sallyport::account::MailAddress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view typed = sallyport::asText({data, size});
    for (const bool international : {false, true}) {
        const MailAddress::Options options{international};
        const auto address = MailAddress::parse(typed, options);
        if (!address) continue;
        const std::string_view text = address->text().exposeText();
        SALLYPORT_ASSERT(text.size() <= 254);
        SALLYPORT_ASSERT(std::count(text.begin(), text.end(), '@') == 1);
        SALLYPORT_ASSERT(text.find_first_of(",;<>()[]\\\":\r\n\t ") == std::string_view::npos);
        // One spelling: what was normalized stays as it is.
        const auto again = MailAddress::parse(text, options);
        SALLYPORT_ASSERT(again.has_value());
        SALLYPORT_ASSERT(again->text() == address->text());
    }
    return 0;
}
