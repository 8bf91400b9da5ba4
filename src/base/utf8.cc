#include "base/utf8.h"

#include <cstdint>

namespace sallyport {

namespace {

struct Form {
    std::size_t size;
    std::uint8_t first_bits;
    char32_t least;
};

/// How a sequence with this first byte goes on; size 0 if none does.
Form formOf(std::uint8_t first) {
    if (first < 0x80) return {1, 0x7f, 0};
    if (first >= 0xc2 && first <= 0xdf) return {2, 0x1f, 0x80};
    if (first >= 0xe0 && first <= 0xef) return {3, 0x0f, 0x800};
    if (first >= 0xf0 && first <= 0xf4) return {4, 0x07, 0x10000};
    return {0, 0, 0};
}

/// The first code point and its size, or size 0.
std::size_t decode(std::string_view text, char32_t& point) {
    const auto first = static_cast<std::uint8_t>(text.front());
    const Form form = formOf(first);
    if (form.size == 0 || text.size() < form.size) return 0;
    point = first & form.first_bits;
    for (const char c : text.substr(1, form.size - 1)) {
        const auto byte = static_cast<std::uint8_t>(c);
        if ((byte & 0xc0U) != 0x80U) return 0;
        point = point << 6 | (byte & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < form.least || point > 0x10ffff || surrogate ? 0 : form.size;
}

}  // namespace

std::optional<char32_t> takeCodePoint(std::string_view& text) {
    char32_t point = 0;
    const std::size_t size = decode(text, point);
    text.remove_prefix(size == 0 ? 1 : size);
    if (size == 0) return std::nullopt;
    return point;
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        if (!takeCodePoint(text).has_value()) return false;
    }
    return true;
}

}  // namespace sallyport
