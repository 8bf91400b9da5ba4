// What is accepted accounts for every byte.

#include "fido/authenticator_data.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::fido::AuthenticatorData;
    const auto parsed = AuthenticatorData::parse({data, size});
    if (!parsed.has_value()) {
        SALLYPORT_ASSERT(parsed.error().code == sallyport::ErrorCode::kInvalidRequest);
        return 0;
    }
    SALLYPORT_ASSERT((data[32] & 0x22) == 0);
    SALLYPORT_ASSERT(((data[32] & 0x40) != 0) == parsed->credential.has_value());
    std::size_t least = 37;
    if (parsed->credential.has_value()) {
        least += 18 + parsed->credential->id.size() + parsed->credential->public_key.size();
    }
    SALLYPORT_ASSERT((data[32] & 0x80) != 0 ? size > least : size == least);
    // A byte more or less is something else.
    SALLYPORT_ASSERT(!AuthenticatorData::parse({data, size - 1}).has_value());
    sallyport::Bytes longer(data, data + size);
    longer.push_back(0);
    SALLYPORT_ASSERT(!AuthenticatorData::parse(longer).has_value());
    return 0;
}
