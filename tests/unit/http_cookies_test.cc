#include "base/base64url.h"
#include "http/cookies.h"
#include "tests/support/matchers.h"

namespace sallyport::http {
namespace {

using test::failsWith;
using test::isOk;

CookiePolicy policyFor(std::string_view url, bool dev = false) {
    return {PublicUrl::parse(url).value(), dev};
}

CookiePolicy policy() {
    return policyFor("https://id.example");
}

struct CookieCase {
    std::string name;
    std::string header;
    bool accepted;
    std::string session;  ///< what is read as the session cookie
};

void PrintTo(const CookieCase& cookie_case,
             std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << cookie_case.name;
}

class CookieHeader : public testing::TestWithParam<CookieCase> {};

TEST_P(CookieHeader, isReadStrictly) {
    RecordProperty("requirement", "S-07");
    const Result<Cookies> cookies = policy().parse(GetParam().header);
    if (!GetParam().accepted) {
        EXPECT_THAT(cookies, failsWith(ErrorCode::kInvalidRequest));
        return;
    }
    ASSERT_THAT(cookies, isOk());
    const Secret* session = cookies->find(Cookie::kSession);
    EXPECT_EQ(session == nullptr ? "" : session->exposeText(), GetParam().session);
}

const std::string kSession = "__Host-sallyport-session";

INSTANTIATE_TEST_SUITE_P(
    Cookies,
    CookieHeader,
    testing::Values(
        CookieCase{"one", kSession + "=sps.1.a.b", true, "sps.1.a.b"},
        CookieCase{"amongOthers", "a=b; " + kSession + "=x; c", true, "x"},
        CookieCase{"withoutSpaces", "a=b;" + kSession + "=x;c=d", true, "x"},
        CookieCase{"none", "", true, ""},
        CookieCase{"separatorsOnly", "; ;;", true, ""},
        CookieCase{
            "foreignOnesMayBeAnything", "a=\"{x,y}\"; a=\"; =; " + kSession + "=x", true, "x"},
        CookieCase{"foreignTwice", "a=1; a=2", true, ""},
        CookieCase{"withoutPrefix", "sallyport-session=x", true, ""},
        CookieCase{"prefixInOtherCase", "__host-sallyport-session=x", true, ""},
        CookieCase{"longerName", kSession + "s=x", true, ""},
        CookieCase{"nameless", "=" + kSession + "=x", true, ""},
        CookieCase{"valueWithEquals", kSession + "=a=b", true, "a=b"},
        CookieCase{
            "longest", kSession + "=" + std::string(4096, 'a'), true, std::string(4096, 'a')},
        CookieCase{"tooLong", kSession + "=" + std::string(4097, 'a'), false, ""},
        CookieCase{"twice", kSession + "=x; " + kSession + "=y", false, ""},
        CookieCase{"twiceTheSame", kSession + "=x; a=b; " + kSession + "=x", false, ""},
        CookieCase{"empty", kSession + "=", false, ""},
        CookieCase{"noValue", kSession, false, ""},
        CookieCase{"quoted", kSession + "=\"x\"", false, ""},
        CookieCase{"spaceInside", kSession + "=a b", false, ""},
        CookieCase{"comma", kSession + "=a,b", false, ""},
        CookieCase{"backslash", kSession + "=a\\b", false, ""},
        CookieCase{"beyondAscii", kSession + "=\xc3\xa4", false, ""}),
    [](const testing::TestParamInfo<CookieCase>& parameter) { return parameter.param.name; });

TEST(Cookies, areWrittenWithEveryProtection) {
    RecordProperty("requirement", "S-07");
    EXPECT_EQ(
        policy().format({Cookie::kLogin, Secret("abc"), kLoginCookieLife}),
        "__Host-sallyport-login=abc; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=86400");
    EXPECT_EQ(policy().format({Cookie::kSession, Secret("abc"), std::nullopt}),
              "__Host-sallyport-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    EXPECT_EQ(
        policy().format({Cookie::kKnown, Secret("abc"), kKnownCookieLife}),
        "__Host-sallyport-known=abc; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=7776000");
    EXPECT_EQ(policy().format({Cookie::kRequest, Secret("abc"), std::nullopt}),
              "__Host-sallyport-request=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    EXPECT_EQ(policy().format(SetCookie::removal(Cookie::kSession)),
              "__Host-sallyport-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
}

TEST(Cookies, loseTheirPrefixInDevOnLoopbackHttpOnly) {
    RecordProperty("requirement", "S-07");
    for (const std::string_view url :
         {"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:1"}) {
        const CookiePolicy bare = policyFor(url, true);
        EXPECT_EQ(bare.name(Cookie::kLogin), "sallyport-login") << url;
        EXPECT_EQ(bare.format({Cookie::kLogin, Secret("abc"), std::nullopt}),
                  "sallyport-login=abc; Path=/; HttpOnly; SameSite=Strict");
        EXPECT_NE(bare.parse("sallyport-login=abc").value().find(Cookie::kLogin), nullptr);
        EXPECT_EQ(policyFor(url, false).name(Cookie::kLogin), "__Host-sallyport-login") << url;
    }
    for (const std::string_view url :
         {"https://localhost", "http://id.example", "http://127.0.0.2", "http://192.0.2.1"}) {
        EXPECT_EQ(policyFor(url, true).name(Cookie::kLogin), "__Host-sallyport-login") << url;
    }
}

TEST(CsrfToken, isTheDocumentedHash) {
    RecordProperty("requirement", "S-08");
    // Written out by hand: lp(domain) u32(2) 1 lp(name) 1 lp(value).
    const std::string encoded = std::string("\0\0\0\x11", 4) + "sallyport/csrf/v1" +
                                std::string("\0\0\0\x02\x01\0\0\0\x18", 9) +
                                "__Host-sallyport-session" + std::string("\x01\0\0\0\x03", 5) +
                                "abc";
    EXPECT_EQ(policy().csrfToken(Cookie::kSession, Secret("abc")),
              base64url::encode(sha256(asBytes(encoded))));
    EXPECT_NE(policy().csrfToken(Cookie::kLogin, Secret("abc")),
              policy().csrfToken(Cookie::kSession, Secret("abc")));
    EXPECT_NE(policy().csrfToken(Cookie::kSession, Secret("abd")),
              policy().csrfToken(Cookie::kSession, Secret("abc")));
}

}  // namespace
}  // namespace sallyport::http
