// A cookie that is read can be written and is read back the same.

#include "http/cookies.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sallyport::http;
    static const CookiePolicy policy(PublicUrl::parse("https://id.example").value(), false);
    const auto cookies = policy.parse(sallyport::asText({data, size}));
    if (!cookies.has_value()) return 0;
    for (const Cookie cookie : kCookies) {
        const sallyport::Secret* value = cookies->find(cookie);
        if (value == nullptr) continue;
        const std::string line = policy.format({cookie, value->duplicate(), std::nullopt});
        const auto again = policy.parse(std::string_view(line).substr(0, line.find("; Path")));
        SALLYPORT_ASSERT(again.has_value() && *again->find(cookie) == *value);
    }
    return 0;
}
