#include "base/base64url.h"
#include "cli/client_data.h"
#include "fido/client_data.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

PublicUrl server(std::string_view text) {
    return PublicUrl::parse(text).value();
}

TEST(ClientData, isSerializedAsTheSpecificationSays) {
    const Bytes data =
        clientData(Ceremony::kGet, Bytes(32, 0), server("https://login.example.org"));
    EXPECT_EQ(asText(data),
              R"({"type":"webauthn.get","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
              R"("origin":"sallyport-cli:https://login.example.org","crossOrigin":false})");
}

TEST(ClientData, isWhatTheServicesParserReads) {
    const Bytes data =
        clientData(Ceremony::kCreate, Bytes{1, 2, 3}, server("http://localhost:8080"));
    const auto parsed = fido::ClientData::parse(data);
    ASSERT_THAT(parsed, test::isOk());
    EXPECT_EQ(parsed->type, "webauthn.create");
    EXPECT_EQ(parsed->challenge, (Bytes{1, 2, 3}));
    EXPECT_EQ(parsed->origin, "sallyport-cli:http://localhost:8080");
    EXPECT_FALSE(parsed->cross_origin);
    EXPECT_FALSE(parsed->has_top_origin);
}

struct ClaimCase {
    const char* name;
    const char* server;
    const char* rp_id;
    bool may;
};

class Claim : public testing::TestWithParam<ClaimCase> {};

TEST_P(Claim, followsTheServersName) {
    EXPECT_EQ(mayClaim(server(GetParam().server), GetParam().rp_id), GetParam().may);
}

INSTANTIATE_TEST_SUITE_P(
    Names,
    Claim,
    testing::Values(ClaimCase{"itself", "https://login.example.org", "login.example.org", true},
                    ClaimCase{"above", "https://login.example.org", "example.org", true},
                    ClaimCase{"port", "https://login.example.org:8443", "example.org", true},
                    ClaimCase{"localhost", "http://localhost:8080", "localhost", true},
                    ClaimCase{"topLevel", "https://login.example.org", "org", false},
                    ClaimCase{"empty", "https://login.example.org", "", false},
                    ClaimCase{"dot", "https://login.example.org", ".example.org", false},
                    ClaimCase{"below", "https://example.org", "login.example.org", false},
                    ClaimCase{"partOfAWord", "https://evilexample.org", "example.org", false},
                    ClaimCase{"another", "https://login.example.org", "example.com", false}),
    [](const testing::TestParamInfo<ClaimCase>& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace sallyport::cli
