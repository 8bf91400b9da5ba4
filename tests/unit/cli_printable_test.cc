#include "cli/printable.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

struct PrintableCase {
    const char* name;
    std::string text;
    std::string shown;
};

class Printable : public testing::TestWithParam<PrintableCase> {};

TEST_P(Printable, showsWhatATerminalWouldObey) {
    EXPECT_EQ(printable(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    Printable,
    testing::Values(
        PrintableCase{"plain", "Release 12.50 EUR to Jörg 日本", "Release 12.50 EUR to Jörg 日本"},
        PrintableCase{"escape", "a\x1b[2Jb", "a\\u{1b}[2Jb"},
        PrintableCase{"title", "\x1b]0;root\x07", "\\u{1b}]0;root\\u{7}"},
        PrintableCase{"carriageReturn", "1000\r1", "1000\\u{d}1"},
        PrintableCase{"lineFeed", "a\nb", "a\\u{a}b"},
        PrintableCase{"backspace", "9\b1", "9\\u{8}1"},
        PrintableCase{"nul", std::string("a\0b", 3), "a\\u{0}b"},
        PrintableCase{"delete", "a\x7f", "a\\u{7f}"},
        PrintableCase{"c1AsUtf8",
                      "\xc2\x9b"
                      "2J",
                      "\\u{9b}2J"},
        PrintableCase{"c1AsByte",
                      "\x9b"
                      "2J",
                      "\\x{9b}2J"},
        PrintableCase{"rightToLeftOverride",
                      "\xe2\x80\xae"
                      "001",
                      "\\u{202e}001"},
        PrintableCase{"isolate", "\xe2\x81\xa7x", "\\u{2067}x"},
        PrintableCase{"arabicMark", "\xd8\x9cx", "\\u{61c}x"},
        PrintableCase{"zeroWidthSpace", "pay\xe2\x80\x8bpal", "pay\\u{200b}pal"},
        PrintableCase{"lineSeparator",
                      "a\xe2\x80\xa8"
                      "b",
                      "a\\u{2028}b"},
        PrintableCase{"byteOrderMark",
                      "\xef\xbb\xbf"
                      "a",
                      "\\u{feff}a"},
        PrintableCase{"tag", "\xf3\xa0\x81\x81", "\\u{e0041}"},
        PrintableCase{"softHyphen",
                      "a\xc2\xad"
                      "b",
                      "a\\u{ad}b"},
        PrintableCase{"brokenUtf8",
                      "a\xff"
                      "b\xc3",
                      "a\\x{ff}b\\x{c3}"},
        PrintableCase{"empty", "", ""}),
    [](const testing::TestParamInfo<PrintableCase>& parameter) { return parameter.param.name; });

TEST(PrintableText, keepsLinesWhereLinesAreAskedFor) {
    EXPECT_EQ(printable("a\nb\r\n\x1b", true), "a\nb\\u{d}\n\\u{1b}");
}

}  // namespace
}  // namespace sallyport::cli
