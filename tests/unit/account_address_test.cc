#include "account/address.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace sallyport::account {
namespace {

using test::failsWith;
using test::isOk;

struct Case {
    const char* name;
    std::string typed;
    std::string stored;  ///< empty: refused
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
void PrintTo(const Case& example, std::ostream* out) {
    *out << example.name;
}

std::string times(std::size_t count, std::string_view text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

std::string nameOf(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

void check(const Case& example, const MailAddress::Options& options) {
    const auto address = MailAddress::parse(example.typed, options);
    if (example.stored.empty()) {
        EXPECT_THAT(address, failsWith(ErrorCode::kInvalidRequest));
        return;
    }
    ASSERT_THAT(address, isOk());
    EXPECT_EQ(address->text().exposeText(), example.stored);
}

class AsciiMailbox : public testing::TestWithParam<Case> {};

TEST_P(AsciiMailbox, isStoredInOneSpellingOrRefused) {
    check(GetParam(), {});
}

const std::string kLabel63 = times(63, "a");

INSTANTIATE_TEST_SUITE_P(
    Accepted,
    AsciiMailbox,
    testing::Values(
        Case{"plain", "someone@example.test", "someone@example.test"},
        Case{"upperCase", "Some.One@EXAMPLE.Test", "some.one@example.test"},
        Case{"tag", "a+b@example.test", "a+b@example.test"},
        Case{"allOfAtext", "!#$%&'*+-/=?^_`{|}~@example.test", "!#$%&'*+-/=?^_`{|}~@example.test"},
        Case{"leadingHyphen", "-a@example.test", "-a@example.test"},
        Case{"digits", "0@1.example", "0@1.example"},
        Case{"oneLetter", "a@b.cd", "a@b.cd"},
        Case{"manyLabels", "a@b.c.d.e.example.test", "a@b.c.d.e.example.test"},
        Case{"hyphenInLabel", "a@ex-ample.test", "a@ex-ample.test"},
        Case{"digitFirstLabel", "a@1and1.example", "a@1and1.example"},
        Case{"local64", times(64, "a") + "@example.test", times(64, "a") + "@example.test"},
        Case{"label63", "a@" + kLabel63 + ".test", "a@" + kLabel63 + ".test"},
        Case{"octets254",
             "a@" + kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + times(60, "b"),
             "a@" + kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + times(60, "b")},
        Case{"idn", "a@bücher.example", "a@xn--bcher-kva.example"},
        Case{"idnUpper", "A@BÜCHER.Example", "a@xn--bcher-kva.example"},
        Case{"idnDecomposed", "a@bu\u0308cher.example", "a@xn--bcher-kva.example"},
        Case{"idnALabel", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
        Case{"idnALabelUpper", "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"},
        Case{"idnSharpS", "a@faß.example", "a@xn--fa-hia.example"},
        Case{"idnFullWidth", "a@ｅｘａｍｐｌｅ.test", "a@example.test"},
        Case{"idnIdeographicStop", "a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"},
        Case{"idnCyrillic", "a@почта.рф", "a@xn--80a1acny.xn--p1ai"}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Refused,
    AsciiMailbox,
    testing::Values(Case{"nothing", "", ""},
                    Case{"onlyAt", "@", ""},
                    Case{"noAt", "example.test", ""},
                    Case{"noLocal", "@example.test", ""},
                    Case{"noDomain", "a@", ""},
                    Case{"twoAts", "a@b@example.test", ""},
                    Case{"atAtEnd", "a@example.test@", ""},
                    Case{"twoMailboxesComma", "a@example.test,b@evil.test", ""},
                    Case{"twoMailboxesSemicolon", "a@example.test;b@evil.test", ""},
                    Case{"twoMailboxesSpace", "a@example.test b@evil.test", ""},
                    Case{"commaInLocal", "b@evil.test,a@example.test", ""},
                    Case{"percentHack", "a%b@example.test@evil.test", ""},
                    Case{"displayName", "A <a@example.test>", ""},
                    Case{"angles", "<a@example.test>", ""},
                    Case{"quoted", "\"a b\"@example.test", ""},
                    Case{"quotedAt", "\"a@evil.test\"@example.test", ""},
                    Case{"comment", "a(b)@example.test", ""},
                    Case{"commentInDomain", "a@(b)example.test", ""},
                    Case{"literal4", "a@[192.0.2.1]", ""},
                    Case{"literal6", "a@[IPv6:2001:db8::1]", ""},
                    Case{"address4", "a@192.0.2.1", ""},
                    Case{"sourceRoute", "@relay.test:a@example.test", ""},
                    Case{"group", "list:a@example.test;", ""},
                    Case{"mailto", "mailto:a@example.test", ""},
                    Case{"colon", "a:b@example.test", ""},
                    Case{"port", "a@example.test:25", ""},
                    Case{"path", "a@example.test/b", ""},
                    Case{"query", "a@example.test?cc=b@evil.test", ""},
                    Case{"backslash", "a\\b@example.test", ""},
                    Case{"leadingDot", ".a@example.test", ""},
                    Case{"trailingDot", "a.@example.test", ""},
                    Case{"twoDots", "a..b@example.test", ""},
                    Case{"leadingSpace", " a@example.test", ""},
                    Case{"trailingSpace", "a@example.test ", ""},
                    Case{"spaceInside", "a b@example.test", ""},
                    Case{"tab", "a\t@example.test", ""},
                    Case{"newline", "a@example.test\n", ""},
                    Case{"headerInjection", "a@example.test\r\nBcc: b@evil.test", ""},
                    Case{"smtpInjection", "a@example.test>\r\nRCPT TO:<b@evil.test", ""},
                    Case{"carriageReturn", "a\r@example.test", ""},
                    Case{"nul", std::string("a@example.test\0", 15), ""},
                    Case{"nulInside", std::string("a@example\0.test", 15), ""},
                    Case{"escape", "a\x1b@example.test", ""},
                    Case{"delete", "a\x7f@example.test", ""},
                    Case{"singleLabel", "a@localhost", ""},
                    Case{"rootDot", "a@example.test.", ""},
                    Case{"domainLeadingDot", "a@.example.test", ""},
                    Case{"domainTwoDots", "a@example..test", ""},
                    Case{"labelLeadingHyphen", "a@-example.test", ""},
                    Case{"labelTrailingHyphen", "a@example-.test", ""},
                    Case{"underscore", "a@ex_ample.test", ""},
                    Case{"numberAtEnd", "a@example.123", ""},
                    Case{"label64", "a@" + times(64, "a") + ".test", ""},
                    Case{"local65", times(65, "a") + "@example.test", ""},
                    Case{"octets255",
                         "a@" + kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + times(61, "b"),
                         ""},
                    Case{"endless", times(100'000, "a") + "@example.test", ""},
                    Case{"endlessDomain", "a@" + times(50'000, "a."), ""}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    RefusedBeyondAscii,
    AsciiMailbox,
    testing::Values(Case{"internationalLocal", "jörg@example.test", ""},
                    Case{"fullWidthLocal", "ａ@example.test", ""},
                    Case{"fullWidthAt", "a＠example.test", ""},
                    Case{"fullWidthAtInDomain", "a@b＠example.test", ""},
                    Case{"notUtf8",
                         "a@ex\xff"
                         "ample.test",
                         ""},
                    Case{"overlongSlash",
                         "a@ex\xc0\xaf"
                         "ample.test",
                         ""},
                    Case{"surrogate",
                         "a@ex\xed\xa0\x80"
                         "ample.test",
                         ""},
                    Case{"zeroWidthSpaceLocal", "a\u200b@example.test", ""},
                    Case{"bidiOverride",
                         "a@ex\u202e"
                         "ample.test",
                         ""},
                    Case{"nonBreakingSpace",
                         "a@ex\u00a0"
                         "ample.test",
                         ""},
                    Case{"fullWidthComma", "a@example.test，b", ""},
                    Case{"badPunycode", "a@xn--\u00fc.example", ""},
                    Case{"punycodeOfAscii", "a@xn--example-.test", ""},
                    Case{"punycodeOfDecomposed", "a@xn--bucher-xyd.example", ""},
                    Case{"punycodeOfZeroWidth", "a@xn--ab-g1t.example", ""},
                    Case{"punycodeOfUpperCase", "a@xn--bcher-2pa.example", ""},
                    Case{"unassigned", "a@\u0378.example", ""},
                    Case{"emoji", "a@\U0001f600.example", ""},
                    Case{"leadingCombining",
                         "a@\u0301"
                         "a.example",
                         ""}),
    nameOf);

class InternationalMailbox : public testing::TestWithParam<Case> {};

TEST_P(InternationalMailbox, isStoredInOneSpellingOrRefused) {
    check(GetParam(), {true});
}

INSTANTIATE_TEST_SUITE_P(
    ByConfig,
    InternationalMailbox,
    testing::Values(Case{"umlaut", "jörg@example.test", "jörg@example.test"},
                    Case{"asciiFolded", "JöRG@example.test", "jörg@example.test"},
                    Case{"withAtext", "jörg+tag.süd@example.test", "jörg+tag.süd@example.test"},
                    Case{"han", "用户@例子.example", "用户@xn--fsqu00a.example"},
                    Case{"ascii", "a@example.test", "a@example.test"},
                    Case{"upperBeyondAscii", "JÖRG@example.test", ""},
                    Case{"decomposed", "jo\u0308rg@example.test", ""},
                    Case{"fullWidth", "ａ@example.test", ""},
                    Case{"fullWidthAt", "a＠b@example.test", ""},
                    Case{"zeroWidthSpace", "a\u200b@example.test", ""},
                    Case{"softHyphen",
                         "a\u00ad"
                         "b@example.test",
                         ""},
                    Case{"bidiOverride",
                         "a\u202e"
                         "b@example.test",
                         ""},
                    Case{"control",
                         "a\u0085"
                         "b@example.test",
                         ""},
                    Case{"lineSeparator",
                         "a\u2028"
                         "b@example.test",
                         ""},
                    Case{"byteOrderMark",
                         "\ufeff"
                         "a@example.test",
                         ""},
                    Case{"quoted", "\"jörg\"@example.test", ""},
                    Case{"octets65", times(32, "ö") + "a@example.test", ""}),
    nameOf);

TEST(MailAddress, saysNothingOfTheAddressWhenItRefuses) {
    const auto address = MailAddress::parse("some one@example.test");
    ASSERT_THAT(address, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_EQ(address.error().detail, "not one mail address");
}

TEST(MailAddress, isCopiedOnlyExplicitly) {
    static_assert(!std::is_copy_constructible_v<MailAddress>);
    const auto address = MailAddress::parse("a@example.test");
    ASSERT_THAT(address, isOk());
    EXPECT_TRUE(address->duplicate().text() == address->text());
}

}  // namespace
}  // namespace sallyport::account
