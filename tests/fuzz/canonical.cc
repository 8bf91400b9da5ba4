// Any fields are read back from their canonical encoding as they were, so no two rows share one.

#include "base/canonical.h"

#include "base/result.h"
#include "tests/support/canonical_reader.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using sallyport::ByteView;
using sallyport::Canonical;
using sallyport::copyBytes;
namespace test = sallyport::test;

/// The first byte of each field: 0 absent, else one more than its length.
void writeAndReadBack(ByteView input) {
    test::CanonicalFields written{"sallyport/fuzz/v1", {}};
    Canonical canonical(written.domain);
    while (!input.empty()) {
        const std::size_t length = input.front();
        input = input.subspan(1);
        if (length == 0) {
            written.fields.emplace_back();
            canonical.addAbsent();
            continue;
        }
        const ByteView field = input.first(std::min(length - 1, input.size()));
        written.fields.emplace_back(copyBytes(field));
        canonical.add(field);
        input = input.subspan(field.size());
    }
    SALLYPORT_ASSERT(test::readCanonical(canonical.finish()) == written);
}

/// Whatever reads as an encoding is the one that its fields give.
void readAndWriteAgain(ByteView input) {
    const auto read = test::readCanonical(input);
    if (!read.has_value() || read->domain != "sallyport/fuzz/v1") return;
    Canonical canonical(read->domain);
    for (const auto& field : read->fields) canonical.addOptional(field);
    SALLYPORT_ASSERT(canonical.finish() == copyBytes(input));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    writeAndReadBack({data, size});
    readAndWriteAgain({data, size});
    return 0;
}
