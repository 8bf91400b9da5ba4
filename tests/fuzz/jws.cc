#include "token/jws.h"

#include "base/base64url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// What is accepted has one spelling: its parts written again are the text that was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto jws = sallyport::token::Jws::parse(text);
    if (!jws) return 0;
    const std::string& input = jws->signing_input;
    const std::string again = input + "." + sallyport::base64url::encode(jws->signature);
    if (again != text) std::abort();
    if (input.substr(input.find('.') + 1) != sallyport::base64url::encode(jws->payload))
        std::abort();
    if (jws->unverifiedText("iss").size() > size) std::abort();
    return 0;
}
