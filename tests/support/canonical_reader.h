#pragma once

#include "base/bytes.h"

#include <optional>

namespace sallyport::test {

/// What a canonical encoding holds.
struct CanonicalFields {
    std::string domain;
    std::vector<std::optional<Bytes>> fields;

    friend bool operator==(const CanonicalFields&, const CanonicalFields&) = default;
};

/// Reads `lp(domain) u32(n) p1 lp(f1) .. pn lp(fn)` back, independently of the writer: that it can
/// be read back is what makes the encoding injective. Nothing if it is anything else.
inline std::optional<CanonicalFields> readCanonical(ByteView rest) {
    const auto length = [&rest]() -> std::optional<std::size_t> {
        if (rest.size() < 4) return std::nullopt;
        std::size_t value = 0;
        for (const std::uint8_t byte : rest.first(4)) value = value * 256 + byte;
        rest = rest.subspan(4);
        return value;
    };
    const auto prefixed = [&rest, &length]() -> std::optional<ByteView> {
        const auto size = length();
        if (!size.has_value() || rest.size() < *size) return std::nullopt;
        const ByteView bytes = rest.first(*size);
        rest = rest.subspan(*size);
        return bytes;
    };

    CanonicalFields result;
    const auto domain = prefixed();
    if (!domain.has_value()) return std::nullopt;
    result.domain = asText(*domain);
    const auto count = length();
    if (!count.has_value()) return std::nullopt;
    for (std::size_t i = 0; i < *count; ++i) {
        if (rest.empty() || rest.front() > 1) return std::nullopt;
        const bool present = rest.front() == 1;
        rest = rest.subspan(1);
        const auto bytes = prefixed();
        if (!bytes.has_value() || (!present && !bytes->empty())) return std::nullopt;
        if (present) {
            result.fields.emplace_back(copyBytes(*bytes));
        } else {
            result.fields.emplace_back();
        }
    }
    if (!rest.empty()) return std::nullopt;
    return result;
}

}  // namespace sallyport::test
