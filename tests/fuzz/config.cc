#include "app/config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Whatever stands in the file: accepted or refused with a text, never anything else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto config = sallyport::app::parseConfig(text, "fuzz");
    if (!config && !config.error().detail.starts_with("fuzz")) std::abort();
    return 0;
}
