// A transcript that is read is written as the same one, with the same challenge.

#include "action/transcript.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::Json;
    using sallyport::action::Transcript;
    const auto parsed = Json::parse(sallyport::asText({data, size}));
    if (!parsed.has_value()) return 0;
    const auto transcript = Transcript::fromJson(*parsed);
    if (!transcript.has_value()) {
        SALLYPORT_ASSERT(transcript.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    const auto challenge = transcript->challenge();
    const auto json = transcript->json();
    SALLYPORT_ASSERT(challenge.has_value() && json.has_value());
    SALLYPORT_ASSERT(json->text() == parsed->text());
    const auto again = Transcript::fromJson(*json);
    SALLYPORT_ASSERT(again.has_value() && *again->challenge() == *challenge);
    return 0;
}
