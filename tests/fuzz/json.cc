// What the parser accepts is written so that it reads as the same value, and the canonical form is
// stable.

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::Json;
    const auto parsed = Json::parse(sallyport::asText({data, size}));
    if (!parsed.has_value()) {
        SALLYPORT_ASSERT(parsed.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    const auto again = Json::parse(parsed->text());
    SALLYPORT_ASSERT(again.has_value() && *again == *parsed);
    SALLYPORT_ASSERT(again->text() == parsed->text());

    const auto canonical = parsed->canonical();
    if (canonical.has_value()) {
        SALLYPORT_ASSERT(*canonical == parsed->text());
    } else {
        // The parser refuses all else that has no canonical form.
        SALLYPORT_ASSERT(canonical.error().detail == "JSON: member name is not ASCII");
    }
    return 0;
}
