// Evidence that is read is written as the same document, with the same hash.

#include "action/transcript_evidence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::Json;
    const auto parsed = Json::parse(sallyport::asText({data, size}));
    if (!parsed.has_value()) return 0;
    const auto evidence = sallyport::action::Evidence::fromJson(*parsed);
    if (!evidence.has_value()) {
        SALLYPORT_ASSERT(evidence.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    const auto json = evidence->json();
    SALLYPORT_ASSERT(json.has_value() && json->text() == parsed->text());
    SALLYPORT_ASSERT(*sallyport::action::evidenceHash(*json) ==
                     *sallyport::action::evidenceHash(*parsed));
    return 0;
}
