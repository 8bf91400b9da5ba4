#include "base/canonical.h"

#include "base/result.h"

#include <algorithm>
#include <limits>

namespace sallyport {

namespace {

template <class Number>
FixedBytes<sizeof(Number)> bigEndian(Number number) {
    FixedBytes<sizeof(Number)> bytes{};
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        *byte = static_cast<std::uint8_t>(number & 0xffU);
        number >>= 8;
    }
    return bytes;
}

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void appendPrefixed(Bytes& out, ByteView bytes) {
    SALLYPORT_ASSERT(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    append(out, bigEndian(static_cast<std::uint32_t>(bytes.size())));
    append(out, bytes);
}

bool isDomain(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Canonical::Canonical(std::string_view domain) {
    SALLYPORT_ASSERT(isDomain(domain));
    appendPrefixed(head_, asBytes(domain));
}

Canonical& Canonical::add(ByteView bytes) {
    field(1, bytes);
    return *this;
}

Canonical& Canonical::add(std::uint64_t number) {
    return add(ByteView(bigEndian(number)));
}

Canonical& Canonical::add(Time time) {
    SALLYPORT_ASSERT(micros(time) >= 0);
    return add(static_cast<std::uint64_t>(micros(time)));
}

Canonical& Canonical::addAbsent() {
    field(0, {});
    return *this;
}

Bytes Canonical::finish() const {
    Bytes encoding = head_;
    append(encoding, bigEndian(count_));
    append(encoding, fields_);
    return encoding;
}

void Canonical::field(std::uint8_t presence, ByteView bytes) {
    fields_.push_back(presence);
    appendPrefixed(fields_, bytes);
    ++count_;
}

}  // namespace sallyport
