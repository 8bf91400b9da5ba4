// The CBOR reader, the attestation object and its statement: every item that is accepted can be
// taken apart, and a byte more or less makes it something else.

#include "fido/attestation_object.h"
#include "fido/cbor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using sallyport::fido::cbor::Item;

/// How many bytes the parts of `item` have.
std::size_t bytesOf(const Item& item) {
    std::size_t parts = 0;
    if (const auto array = item.array(); array.has_value()) {
        for (const Item& each : *array) parts += bytesOf(each);
    } else if (const auto map = item.map(); map.has_value()) {
        for (const auto& entry : map->entries()) {
            SALLYPORT_ASSERT(entry.key.integer().has_value() || entry.key.text().has_value() ||
                             entry.key.encoded().front() >= 0x1b);
            parts += bytesOf(entry.key) + bytesOf(entry.value);
        }
    }
    SALLYPORT_ASSERT(parts < item.encoded().size());
    return item.encoded().size();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sallyport::fido::AttestationObject;
    using sallyport::fido::PackedStatement;
    const sallyport::ByteView bytes(data, size);
    const auto item = Item::parse(bytes);
    const auto object = AttestationObject::parse(bytes);
    const auto statement = PackedStatement::parse(bytes);
    if (!item.has_value()) {
        SALLYPORT_ASSERT(!object.has_value() && !statement.has_value());
        return 0;
    }
    SALLYPORT_ASSERT(bytesOf(*item) == size);
    SALLYPORT_ASSERT(!Item::parse(bytes.first(size - 1)).has_value());
    if (object.has_value()) {
        SALLYPORT_ASSERT(size <= std::size_t{32} * 1024 && !statement.has_value());
        (void)PackedStatement::parse(object->statement);
    }
    return 0;
}
