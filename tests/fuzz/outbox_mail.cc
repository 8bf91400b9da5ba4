// Whatever stands in a mail, the page shows it as text.

#include "web/dev_outbox.h"

#include <algorithm>

namespace web = sallyport::web;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto mail = web::readOutboxMail(sallyport::asText({data, size}));
    const std::string html = web::outboxMailHtml(mail);
    const auto opened = std::count(html.begin(), html.end(), '<');
    const auto closed = std::count(html.begin(), html.end(), '>');
    SALLYPORT_ASSERT(opened == closed);
    // article, h2, p and pre, opened and closed; every other element is a link.
    SALLYPORT_ASSERT(opened >= 8 && (opened - 8) % 2 == 0);
    SALLYPORT_ASSERT(html.find("<script") == std::string::npos);
    return 0;
}
