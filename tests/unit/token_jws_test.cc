#include "base/base64url.h"
#include "tests/support/matchers.h"
#include "token/jws.h"

#include <gmock/gmock.h>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;

std::string encoded(std::string_view text) {
    return base64url::encode(asBytes(text));
}

std::string compact(std::string_view header, std::string_view payload = "{}") {
    return encoded(header) + "." + encoded(payload) + "." + encoded("signature");
}

TEST(Jws, isTakenApart) {
    const std::string text =
        compact(R"({"alg":"ES256","kid":"k","typ":"JWT","x":[1]})", R"({"iss":"shop"})");
    const auto jws = Jws::parse(text);
    ASSERT_THAT(jws, isOk());
    EXPECT_EQ(jws->algorithm, Algorithm::kEs256);
    EXPECT_EQ(jws->kid, "k");
    EXPECT_EQ(jws->typ, "JWT");
    EXPECT_EQ(asText(jws->payload), R"({"iss":"shop"})");
    EXPECT_EQ(asText(jws->signature), "signature");
    EXPECT_EQ(jws->signing_input, text.substr(0, text.rfind('.')));
    EXPECT_EQ(jws->unverifiedText("iss"), "shop");
    EXPECT_EQ(jws->unverifiedText("sub"), "");
}

TEST(Jws, mayHaveNeitherKidNorTypNorJson) {
    const auto jws = Jws::parse(compact(R"({"alg":"EdDSA"})", "text"));
    ASSERT_THAT(jws, isOk());
    EXPECT_EQ(jws->kid, "");
    EXPECT_EQ(jws->typ, "");
    EXPECT_EQ(jws->unverifiedText("iss"), "");
}

struct Header {
    const char* name;
    std::string text;
};

class BadHeader : public testing::TestWithParam<Header> {};

TEST_P(BadHeader, isRefused) {
    RecordProperty("requirement", "T-02,T-03");
    EXPECT_THAT(Jws::parse(compact(GetParam().text)), failsWith(ErrorCode::kInvalidRequest));
}

INSTANTIATE_TEST_SUITE_P(
    Jws,
    BadHeader,
    testing::Values(Header{"none", R"({"alg":"none"})"},
                    Header{"noneInCapitals", R"({"alg":"None"})"},
                    Header{"noneUpper", R"({"alg":"NONE"})"},
                    Header{"hmac", R"({"alg":"HS256"})"},
                    Header{"hmac512", R"({"alg":"HS512"})"},
                    Header{"rs1", R"({"alg":"RS1"})"},
                    Header{"es512", R"({"alg":"ES512"})"},
                    Header{"otherCase", R"({"alg":"es256"})"},
                    Header{"blank", R"({"alg":" ES256"})"},
                    Header{"nul", R"({"alg":"ES256\u0000"})"},
                    Header{"empty", R"({"alg":""})"},
                    Header{"missing", R"({"typ":"JWT"})"},
                    Header{"number", R"({"alg":256})"},
                    Header{"null", R"({"alg":null})"},
                    Header{"list", R"({"alg":["ES256"]})"},
                    Header{"twice", R"({"alg":"ES256","alg":"ES256"})"},
                    Header{"twiceOther", R"({"alg":"none","alg":"ES256"})"},
                    Header{"typTwice", R"({"alg":"ES256","typ":"a","typ":"b"})"},
                    Header{"crit", R"({"alg":"ES256","crit":["exp"],"exp":1})"},
                    Header{"critEmpty", R"({"alg":"ES256","crit":[]})"},
                    Header{"unencodedPayload", R"({"alg":"ES256","b64":false,"crit":["b64"]})"},
                    Header{"encodedPayload", R"({"alg":"ES256","b64":true})"},
                    Header{"kidNumber", R"({"alg":"ES256","kid":1})"},
                    Header{"kidEmpty", R"({"alg":"ES256","kid":""})"},
                    Header{"kidLong", R"({"alg":"ES256","kid":")" + std::string(129, 'k') + "\"}"},
                    Header{"typNull", R"({"alg":"ES256","typ":null})"},
                    Header{"array", R"(["ES256"])"},
                    Header{"text", R"("ES256")"},
                    Header{"noJson", "ES256"},
                    Header{"trailing", R"({"alg":"ES256"}{})"},
                    Header{"byteOrderMark", "\xef\xbb\xbf{\"alg\":\"ES256\"}"},
                    Header{"deep", R"({"alg":"ES256","x":[[[[1]]]]})"},
                    Header{"long", R"({"alg":"ES256","x":")" + std::string(1024, 'x') + "\"}"},
                    Header{"nothing", ""}),
    [](const auto& each) { return each.param.name; });

TEST(Jws, ignoresEveryKeyThatItBringsAlong) {
    RecordProperty("requirement", "T-03");
    EXPECT_THAT(
        Jws::parse(compact(
            R"({"alg":"ES256","jwk":{"kty":"EC"},"jku":"https://evil.example/k","x5u":"u","x5c":["AA"]})")),
        isOk());
}

TEST(Jws, hasExactlyThreePartsOfCanonicalBase64url) {
    const std::string head = encoded(R"({"alg":"ES256"})");
    ASSERT_THAT(Jws::parse(head + ".e30.AAAA"), isOk());
    ASSERT_THAT(Jws::parse(head + "..AAAA"), isOk());  // an empty payload is a payload
    for (const std::string& bad : {std::string(),
                                   std::string("."),
                                   std::string(".."),
                                   head,
                                   head + ".e30",
                                   head + ".e30.",
                                   head + ".e30.AAAA.",
                                   head + ".e30.AAAA.AAAA",
                                   head + ".e30.AAAA.AAAA.AAAA",
                                   "." + head + ".e30.AAAA",
                                   head + ".e30=.AAAA",
                                   head + ".e3 0.AAAA",
                                   head + ".e30.AAAA\n",
                                   " " + head + ".e30.AAAA",
                                   head + ".e31.AAAA",  // non-zero trailing bits
                                   head + ".e30.AAB",   // likewise
                                   head + ".e30.A",
                                   head + ".e30.AA+A",
                                   head + ".e30.AA/A",
                                   head + "=.e30.AAAA",
                                   head + ".e30.AAAA="}) {
        EXPECT_THAT(Jws::parse(bad), failsWith(ErrorCode::kInvalidRequest)) << bad;
    }
}

TEST(Jws, isBounded) {
    const std::string head = encoded(R"({"alg":"ES256"})");
    const std::size_t rest = head.size() + 2 + 4;
    const std::string most((kMostJwsBytes - rest) / 4 * 4, 'A');
    EXPECT_THAT(Jws::parse(head + "." + most + ".AAAA"), isOk());
    EXPECT_THAT(Jws::parse(head + "." + most + "AAAAAAAA.AAAA"),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(Jws::parse(head + ".e30." + base64url::encode(Bytes(512))), isOk());
    EXPECT_THAT(Jws::parse(head + ".e30." + base64url::encode(Bytes(513))),
                failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::token
