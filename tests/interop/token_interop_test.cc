#include "tests/support/child_process.h"
#include "tests/support/matchers.h"
#include "token/jwk.h"
#include "token/verify.h"

#include <gmock/gmock.h>

#include <sstream>

namespace sallyport::token {
namespace {

/// PyJWT makes keys and tokens, bends them, and judges; we must agree on each.
TEST(TokenInterop, agreesWithPyJwtOnEveryToken) {
    RecordProperty("requirement", "T-02");
    const auto text = test::outputOf(
        {"/usr/bin/python3", std::string(SALLYPORT_SOURCE_DIR) + "/tests/interop/pyjwt_tokens.py"});
    ASSERT_TRUE(text.has_value()) << "python3 with python3-jwt and python3-cryptography is needed";
    std::istringstream lines(*text);
    int valid = 0;
    int invalid = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto parsed = Json::parse(line);
        ASSERT_THAT(parsed, test::isOk()) << line;
        const Json& each = *parsed;
        const std::string name = *each.find("name")->asString();
        const auto key = parseJwk(*each.find("jwk")->asString());
        ASSERT_THAT(key, test::isOk()) << name;
        const auto jws = Jws::parse(*each.find("token")->asString());
        const bool accepted = jws.has_value() && verify(*jws, *key).has_value();
        const bool expected = *each.find("valid")->asBool();
        EXPECT_EQ(accepted, expected) << name;
        ++(expected ? valid : invalid);
    }
    EXPECT_EQ(valid, 15);
    EXPECT_EQ(invalid, 37);
}

}  // namespace
}  // namespace sallyport::token
