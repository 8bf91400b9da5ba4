// A form that is read can be written and is read back the same.

#include "base/form.h"

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::Form;
    const auto form = Form::parse(sallyport::asText({data, size}));
    if (!form) return 0;
    const std::string text = form->text();
    // What is escaped is up to three times as long.
    if (text.size() > std::size_t{64} * 1024) return 0;
    const auto again = Form::parse(text);
    SALLYPORT_ASSERT(again && again->parameters() == form->parameters());
    return 0;
}
