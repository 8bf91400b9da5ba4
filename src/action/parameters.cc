#include "action/parameters.h"

#include "base/ids.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace sallyport::action {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// What never stands in a text parameter: general categories Cc, Cf, Co, Zl, Zp and Zs but U+0020,
/// the code points of DerivedCoreProperties' Default_Ignorable_Code_Point, noncharacters at the end
/// of the basic plane, blank letters, and double quotation marks (Unicode 15). Sorted.
constexpr auto kRefused = std::to_array<Range>({
    {0x0000, 0x001f},      // Cc
    {0x0022, 0x0022},      // "
    {0x007f, 0x00a0},      // Cc, no-break space
    {0x00ab, 0x00ab},      // left guillemet
    {0x00ad, 0x00ad},      // soft hyphen
    {0x00bb, 0x00bb},      // right guillemet
    {0x034f, 0x034f},      // combining grapheme joiner
    {0x0600, 0x0605},      // Cf: Arabic number signs
    {0x061c, 0x061c},      // Arabic letter mark
    {0x06dd, 0x06dd},      // Cf
    {0x070f, 0x070f},      // Cf
    {0x0890, 0x0891},      // Cf
    {0x08e2, 0x08e2},      // Cf
    {0x115f, 0x1160},      // Hangul fillers
    {0x1680, 0x1680},      // Ogham space
    {0x17b4, 0x17b5},      // Khmer inherent vowels
    {0x180b, 0x180f},      // Mongolian selectors and separator
    {0x2000, 0x200f},      // spaces, zero width, LRM, RLM
    {0x201c, 0x201f},      // double quotation marks
    {0x2028, 0x202f},      // separators, bidi embeddings and overrides, narrow no-break space
    {0x2033, 0x2033},      // double prime
    {0x2036, 0x2036},      // reversed double prime
    {0x205f, 0x206f},      // mathematical space, invisible operators, bidi isolates
    {0x2800, 0x2800},      // blank Braille pattern
    {0x275d, 0x275e},      // heavy quotation marks
    {0x3000, 0x3000},      // ideographic space
    {0x301d, 0x301f},      // double prime quotation marks
    {0x3164, 0x3164},      // Hangul filler
    {0xd800, 0xf8ff},      // surrogates, private use
    {0xfe00, 0xfe0f},      // variation selectors
    {0xfeff, 0xfeff},      // byte order mark
    {0xff02, 0xff02},      // full-width quotation mark
    {0xffa0, 0xffa0},      // half-width Hangul filler
    {0xfff0, 0xfffb},      // Cf and unassigned ignorables
    {0xfffc, 0xffff},      // object replacement, replacement character, noncharacters
    {0x110bd, 0x110bd},    // Cf
    {0x110cd, 0x110cd},    // Cf
    {0x13430, 0x1343f},    // Cf: hieroglyph controls
    {0x1bca0, 0x1bca3},    // Cf: shorthand controls
    {0x1d159, 0x1d159},    // blank musical note
    {0x1d173, 0x1d17a},    // Cf: musical controls
    {0x1fffe, 0x1ffff},    // noncharacters
    {0x2fffe, 0x2ffff},    // noncharacters
    {0x3fffe, 0xdffff},    // unassigned planes
    {0xe0000, 0xe0fff},    // tags, variation selectors
    {0xe1000, 0xeffff},    // unassigned
    {0xf0000, 0xfffff},    // private use
    {0x100000, 0x10ffff},  // private use
});

bool isRefused(char32_t point) {
    const auto* range = std::lower_bound(
        kRefused.begin(), kRefused.end(), point, [](const Range& entry, char32_t value) {
            return entry.last < value;
        });
    // The last range ends with the last code point, so there is one.
    return point >= range->first;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isCapital(char c) {
    return c >= 'A' && c <= 'Z';
}

bool allDigits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), isDigit);
}

Error refused(const ParameterRule& rule, std::string_view wanted) {
    return fail(ErrorCode::kInvalidRequest,
                "parameter " + rule.name + " must be " + std::string(wanted));
}

bool isListed(const ParameterRule& rule, const std::string& text) {
    return rule.one_of.empty() ||
           std::find(rule.one_of.begin(), rule.one_of.end(), text) != rule.one_of.end();
}

Result<Json> checkText(const ParameterRule& rule, const std::string& text) {
    if (!isPlainLine(text)) return refused(rule, "one plain line of text without quotation marks");
    const std::size_t length = codePoints(text);
    if (length < rule.min || length > rule.max) return refused(rule, "of another length");
    if (!isListed(rule, text)) return refused(rule, "one of the listed values");
    return Json(text);
}

/// Of a string of digits that fits.
std::uint64_t valueOf(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return value;
}

Result<Json> checkDecimal(const ParameterRule& rule, const std::string& text) {
    constexpr std::size_t kMostDigits = 15;
    const std::size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    if (!allDigits(whole) || whole.size() > kMostDigits || (whole.size() > 1 && whole[0] == '0'))
        return refused(rule, "a decimal number as 1250 or 1250.00");
    std::string fraction;
    if (point != std::string::npos) {
        fraction = text.substr(point + 1);
        if (!allDigits(fraction) || fraction.size() > rule.scale)
            return refused(rule, "a decimal number with fewer decimal places");
    }
    const bool over_whole = fraction.find_first_not_of('0') != std::string::npos;
    const std::uint64_t units = valueOf(whole);
    if (units < rule.min || units > rule.max || (units == rule.max && over_whole))
        return refused(rule, "within its bounds");
    if (rule.scale == 0) return Json(whole);
    fraction.resize(rule.scale, '0');
    return Json(whole + "." + fraction);
}

Result<Json> checkCurrency(const ParameterRule& rule, const std::string& text) {
    if (text.size() != 3 || !std::all_of(text.begin(), text.end(), isCapital))
        return refused(rule, "a currency as EUR");
    if (!isListed(rule, text)) return refused(rule, "one of the listed currencies");
    return Json(text);
}

/// ISO 7064 mod 97-10 over the number with its first four characters moved to the end.
bool hasCheckDigits(std::string_view iban) {
    unsigned remainder = 0;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        const char c = iban[(i + 4) % iban.size()];
        if (isDigit(c)) {
            remainder = (remainder * 10 + static_cast<unsigned>(c - '0')) % 97;
        } else {
            remainder = (remainder * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
        }
    }
    return remainder == 1;
}

Result<Json> checkIban(const ParameterRule& rule, const std::string& text) {
    constexpr std::string_view kWanted = "an account number (IBAN) with right check digits";
    // With the spaces of its printed form no longer than this.
    constexpr std::size_t kMostTyped = 48;
    if (text.size() > kMostTyped) return refused(rule, kWanted);
    std::string iban;
    for (const char c : text) {
        if (c == ' ') continue;
        iban += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    const bool shaped =
        iban.size() >= 15 && iban.size() <= 34 && isCapital(iban[0]) && isCapital(iban[1]) &&
        isDigit(iban[2]) && isDigit(iban[3]) &&
        std::all_of(iban.begin(), iban.end(), [](char c) { return isDigit(c) || isCapital(c); });
    if (!shaped || !hasCheckDigits(iban)) return refused(rule, kWanted);
    return Json(iban);
}

Result<Json> checkDate(const ParameterRule& rule, const std::string& text) {
    constexpr std::string_view kWanted = "a date as 2026-11-23";
    const std::string_view view = text;
    if (view.size() != 10 || view[4] != '-' || view[7] != '-' || !allDigits(view.substr(0, 4)) ||
        !allDigits(view.substr(5, 2)) || !allDigits(view.substr(8))) {
        return refused(rule, kWanted);
    }
    const std::chrono::year_month_day day(
        std::chrono::year(static_cast<int>(valueOf(view.substr(0, 4)))),
        std::chrono::month(static_cast<unsigned>(valueOf(view.substr(5, 2)))),
        std::chrono::day(static_cast<unsigned>(valueOf(view.substr(8)))));
    if (!day.ok()) return refused(rule, kWanted);
    return Json(text);
}

Result<Json> checkId(const ParameterRule& rule, const std::string& text) {
    if (!TokenId::fromText(text)) return refused(rule, "an id");
    return Json(text);
}

/// Which address exactly is the business of whoever mails to it; here it only has to be one word
/// that shows as what it is.
Result<Json> checkAddress(const ParameterRule& rule, const std::string& text) {
    constexpr std::size_t kMost = 254;
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    const std::size_t at = text.find('@');
    if (!printable || text.size() > kMost || at == 0 || at == std::string::npos ||
        at + 1 == text.size() || text.find('@', at + 1) != std::string::npos ||
        text.find_first_of("\"(),:;<>[\\]") != std::string::npos) {
        return refused(rule, "a mail address");
    }
    return Json(text);
}

Result<Json> checkInteger(const ParameterRule& rule, const Json& value) {
    const std::int64_t* number = value.asInteger();
    if (number == nullptr || *number < 0) return refused(rule, "a whole number");
    const auto units = static_cast<std::uint64_t>(*number);
    if (units < rule.min || units > rule.max) return refused(rule, "within its bounds");
    return value;
}

}  // namespace

bool isPlainLine(std::string_view text) {
    if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) return false;
    while (!text.empty()) {
        const auto point = takeCodePoint(text);
        if (!point.has_value() || isRefused(*point)) return false;
    }
    return true;
}

std::size_t codePoints(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80U;
    }));
}

Result<Json> checkParameter(const ParameterRule& rule, const Json& value) {
    using Kind = ParameterRule::Kind;
    if (rule.kind == Kind::kInteger) return checkInteger(rule, value);
    const std::string* text = value.asString();
    if (text == nullptr) return refused(rule, "a string");
    switch (rule.kind) {
        case Kind::kText:
            return checkText(rule, *text);
        case Kind::kDecimal:
            return checkDecimal(rule, *text);
        case Kind::kCurrency:
            return checkCurrency(rule, *text);
        case Kind::kIban:
            return checkIban(rule, *text);
        case Kind::kDate:
            return checkDate(rule, *text);
        case Kind::kId:
            return checkId(rule, *text);
        case Kind::kAddress:
            return checkAddress(rule, *text);
        case Kind::kInteger:
            break;
    }
    return refused(rule, "of a known kind");
}

}  // namespace sallyport::action
