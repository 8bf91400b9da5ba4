#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "token/claims.h"
#include "token/jwk.h"

#include <gmock/gmock.h>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using testing::ElementsAre;

class ClaimsTest : public testing::Test {
  protected:
    Result<Claims> read(std::string_view payload) const {
        const Jws jws = Jws::parse(signer_.signText(R"({"alg":"ES256"})", payload)).value();
        SALLYPORT_TRY(const VerifiedJws verified, verify(jws, key_));
        return Claims::from(verified);
    }

    test::JwtSigner signer_;
    PublicKey key_ = parseJwk(signer_.jwk()).value();
};

TEST_F(ClaimsTest, haveStrictTypes) {
    const auto claims = read(R"({"iss":"a","exp":1800000000,"nbf":0,"n":1,"e":"","l":["x"]})");
    ASSERT_THAT(claims, isOk());
    EXPECT_THAT(claims->text("iss", 1), isOkAndHolds(std::string("a")));
    EXPECT_THAT(claims->time("exp"), isOkAndHolds(Time(std::chrono::seconds(1'800'000'000))));
    EXPECT_THAT(claims->time("nbf"), isOkAndHolds(Time()));
    EXPECT_THAT(claims->optionalTime("iat"), isOkAndHolds(std::optional<Time>()));
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    EXPECT_THAT(claims->text("sub", 64), refused);
    EXPECT_THAT(claims->text("n", 64), refused);
    EXPECT_THAT(claims->text("e", 64), refused);
    EXPECT_THAT(claims->text("l", 64), refused);
    EXPECT_THAT(claims->text("iss", 0), refused);
    EXPECT_THAT(claims->time("iat"), refused);
    EXPECT_THAT(claims->time("iss"), refused);
    EXPECT_THAT(claims->optionalTime("iss"), refused);
}

TEST_F(ClaimsTest, haveTimesThatFit) {
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    const auto time = [this](const std::string& value) -> Result<Time> {
        SALLYPORT_TRY(const Claims claims, read(R"({"exp":)" + value + "}"));
        return claims.time("exp");
    };
    EXPECT_THAT(time("253402300799"), isOk());
    for (const char* bad : {"253402300800",
                            "9007199254740991",
                            "9007199254740993",
                            "18446744073709551616",
                            "-1",
                            "1.5",
                            "1e9",
                            "\"1800000000\"",
                            "null",
                            "true",
                            "[1800000000]"}) {
        EXPECT_THAT(time(bad), refused) << bad;
    }
}

TEST_F(ClaimsTest, haveAnAudienceOfOneOrMore) {
    const auto audience = [this](const std::string& value) -> Result<std::vector<std::string>> {
        SALLYPORT_TRY(const Claims claims, read(value));
        return claims.audience();
    };
    EXPECT_THAT(*audience(R"({"aud":"a"})"), ElementsAre("a"));
    EXPECT_THAT(*audience(R"({"aud":["a","b"]})"), ElementsAre("a", "b"));
    for (const char* bad : {"{}",
                            R"({"aud":""})",
                            R"({"aud":[]})",
                            R"({"aud":["a",""]})",
                            R"({"aud":["a",1]})",
                            R"({"aud":[["a"]]})",
                            R"({"aud":{"a":1}})",
                            R"({"aud":null})",
                            R"({"aud":["1","2","3","4","5","6","7","8","9"]})"}) {
        EXPECT_THAT(audience(bad), failsWith(ErrorCode::kUnauthenticated)) << bad;
    }
}

TEST_F(ClaimsTest, areOneObjectWithoutDuplicates) {
    for (const char* bad :
         {"", "[]", "\"x\"", "null", "{", R"({"exp":1,"exp":2})", R"({"iss":"a"} {})"}) {
        EXPECT_THAT(read(bad), failsWith(ErrorCode::kUnauthenticated)) << bad;
    }
}

}  // namespace
}  // namespace sallyport::token
