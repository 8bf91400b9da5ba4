#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sallyport {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, readsTheEdgesOfEachLength) {
    const std::pair<std::string_view, char32_t> kEdges[] = {
        {"\0"sv, 0},
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xed\x9f\xbf", 0xd7ff},
        {"\xee\x80\x80", 0xe000},
        {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
    };
    for (const auto& [text, point] : kEdges) {
        std::string_view rest = text;
        EXPECT_EQ(takeCodePoint(rest), point);
        EXPECT_TRUE(rest.empty());
        EXPECT_TRUE(isUtf8(text));
    }
}

TEST(Utf8, refusesWhatIsNotWellFormed) {
    const std::pair<const char*, std::string_view> kRefused[] = {
        {"continuation alone", "\x80"},
        {"overlong of two bytes", "\xc0\xaf"},
        {"overlong of two bytes, last", "\xc1\xbf"},
        {"overlong of three bytes", "\xe0\x9f\xbf"},
        {"overlong of four bytes", "\xf0\x8f\xbf\xbf"},
        {"first surrogate", "\xed\xa0\x80"},
        {"last surrogate", "\xed\xbf\xbf"},
        {"above U+10FFFF", "\xf4\x90\x80\x80"},
        {"five bytes", "\xf8\x88\x80\x80\x80"},
        {"0xff", "\xff"},
        {"cut after one of two", "\xc2"},
        {"cut after two of three", "\xe2\x82"},
        {"cut after three of four", "\xf0\x9f\x98"},
        {"ASCII where a continuation belongs", "\xc2\x41"},
        {"a lead where a continuation belongs", "\xe2\x82\xc2"},
    };
    for (const auto& [what, text] : kRefused) {
        EXPECT_FALSE(isUtf8(text)) << what;
        EXPECT_FALSE(isUtf8("good" + std::string(text))) << what;
        std::string_view rest = text;
        EXPECT_EQ(takeCodePoint(rest), std::nullopt) << what;
        EXPECT_EQ(rest.size(), text.size() - 1) << what;
    }
}

TEST(Utf8, takesMixedTextApart) {
    std::string_view rest = "a\xe2\x82\xac\xff\xf0\x9f\x98\x80";
    std::vector<std::optional<char32_t>> points;
    while (!rest.empty()) points.push_back(takeCodePoint(rest));
    EXPECT_EQ(points, (std::vector<std::optional<char32_t>>{'a', 0x20ac, std::nullopt, 0x1f600}));
    EXPECT_TRUE(isUtf8(""));
}

}  // namespace
}  // namespace sallyport
