#include "base/utf8.h"

#include <cstdint>

#include <algorithm>
#include <array>

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

struct Range {
    char32_t first;
    char32_t last;
};

/// What moves the cursor, changes the direction of text, or is not seen at all.
constexpr std::array kUnprintable = {
    Range{0x0000, 0x001f},    // C0, escape among them
    Range{0x007f, 0x009f},    // delete, C1 (0x9b is the one-byte form of escape [)
    Range{0x00ad, 0x00ad},    // soft hyphen
    Range{0x034f, 0x034f},    // combining grapheme joiner
    Range{0x061c, 0x061c},    // Arabic letter mark
    Range{0x115f, 0x1160},    // Hangul fillers
    Range{0x17b4, 0x17b5},    // Khmer inherent vowels
    Range{0x180b, 0x180f},    // Mongolian selectors
    Range{0x200b, 0x200f},    // zero width, left-to-right and right-to-left marks
    Range{0x2028, 0x202e},    // separators, embeddings and overrides
    Range{0x2060, 0x206f},    // word joiner, isolates, deprecated format characters
    Range{0x3164, 0x3164},    // Hangul filler
    Range{0xd800, 0xdfff},    // surrogates
    Range{0xfe00, 0xfe0f},    // variation selectors
    Range{0xfeff, 0xfeff},    // byte order mark
    Range{0xffa0, 0xffa0},    // half width Hangul filler
    Range{0xfff0, 0xfffb},    // interlinear annotation
    Range{0x1bca0, 0x1bca3},  // shorthand format controls
    Range{0x1d173, 0x1d17a},  // musical format controls
    Range{0xe0000, 0xe0fff},  // tags, selectors
};

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

bool isPrintable(char32_t point) {
    return std::none_of(kUnprintable.begin(), kUnprintable.end(), [point](const Range& range) {
        return point >= range.first && point <= range.last;
    });
}

}  // namespace sallyport
