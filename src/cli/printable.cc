#include "cli/printable.h"

#include "base/utf8.h"

#include <charconv>

#include <algorithm>
#include <array>

namespace sallyport::cli {
namespace {

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

bool isUnprintable(char32_t point) {
    return std::any_of(kUnprintable.begin(), kUnprintable.end(), [point](const Range& range) {
        return point >= range.first && point <= range.last;
    });
}

void appendEscaped(std::string& out, char kind, std::uint32_t value) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    out += '\\';
    out += kind;
    out += '{';
    out.append(digits.data(), end);
    out += '}';
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        const auto point = takeCodePoint(text);
        if (!point) {
            appendEscaped(out, 'x', static_cast<unsigned char>(before.front()));
        } else if (isUnprintable(*point) && !(lines && *point == U'\n')) {
            appendEscaped(out, 'u', *point);
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    return out;
}

}  // namespace sallyport::cli
