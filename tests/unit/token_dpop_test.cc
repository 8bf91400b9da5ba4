#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "token/dpop.h"
#include "token/jwk.h"

#include <gtest/gtest.h>

#include <functional>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;
using test::JwtSigner;

constexpr std::string_view kUri = "https://login.example.test/oauth2/token";
const Time kNow = timeFromMicros(1'795'428'000'000'000);

std::int64_t seconds(Time time) {
    return micros(time) / 1'000'000;
}

Json::Object claims() {
    return {{"jti", "e1j3V_bKic8-LAEB"}, {"htm", "POST"}, {"htu", kUri}, {"iat", seconds(kNow)}};
}

Json::Object header(const JwtSigner& signer, Algorithm algorithm = Algorithm::kEs256) {
    Json::Object jwk = signer.jwkMembers();
    jwk.erase("alg");
    return {{"typ", "dpop+jwt"}, {"alg", name(algorithm)}, {"jwk", std::move(jwk)}};
}

std::string proofOf(const JwtSigner& signer, const Json::Object& head, const Json::Object& body) {
    return signer.signText(Json(head).text(), Json(body).text());
}

class EveryDpopAlgorithm : public testing::TestWithParam<Algorithm> {};

TEST_P(EveryDpopAlgorithm, provesTheKeyThatItBrings) {
    RecordProperty("requirement", "T-05");
    const JwtSigner signer(GetParam());
    const auto proof = DpopProof::parse(proofOf(signer, header(signer, GetParam()), claims()));
    ASSERT_THAT(proof, isOk());
    const auto key = parseJwk(signer.jwk());
    ASSERT_THAT(key, isOk());
    EXPECT_EQ(base64url::encode(proof->jkt), key->thumbprint());
    EXPECT_EQ(proof->jti, "e1j3V_bKic8-LAEB");
    EXPECT_EQ(proof->issued, kNow);
    EXPECT_EQ(proof->ath, "");
    EXPECT_EQ(proof->nonce, "");
    EXPECT_THAT(checkProof(*proof, {"POST", kUri, ""}, kNow), isOk());
}

INSTANTIATE_TEST_SUITE_P(Dpop,
                         EveryDpopAlgorithm,
                         testing::Values(Algorithm::kEs256,
                                         Algorithm::kEs384,
                                         Algorithm::kEdDsa,
                                         Algorithm::kRs256,
                                         Algorithm::kPs256));

TEST(Dpop, takesTheExampleOfTheStandard) {
    // RFC 9449 4.2 and, for the thumbprint, 6.1.
    const auto proof = DpopProof::parse(
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0"
        "VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10"
        "NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoi"
        "UE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-"
        "GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg");
    ASSERT_THAT(proof, isOk());
    EXPECT_EQ(base64url::encode(proof->jkt), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    const Time then{std::chrono::seconds(1'562'262'616)};
    EXPECT_THAT(checkProof(*proof, {"POST", "https://server.example.com/token", ""}, then), isOk());
}

TEST(Dpop, isRefusedWhateverIsWrongWithItsForm) {
    RecordProperty("requirement", "T-05");

    struct Case {
        std::string name;
        std::function<void(Json::Object& head, Json::Object& body)> apply;
    };

    const JwtSigner signer;
    const JwtSigner stranger;
    const std::vector<Case> cases = {
        {"no typ", [](auto& head, auto&) { head.erase("typ"); }},
        {"JWT", [](auto& head, auto&) { head["typ"] = "JWT"; }},
        {"typ in another case", [](auto& head, auto&) { head["typ"] = "DPoP+JWT"; }},
        {"alg none", [](auto& head, auto&) { head["alg"] = "none"; }},
        {"alg HS256", [](auto& head, auto&) { head["alg"] = "HS256"; }},
        {"alg of another key", [](auto& head, auto&) { head["alg"] = "RS256"; }},
        {"crit", [](auto& head, auto&) { head["crit"] = Json::Array{"b64"}; }},
        {"no key", [](auto& head, auto&) { head.erase("jwk"); }},
        {"a key that is text", [&](auto& head, auto&) { head["jwk"] = signer.jwk(); }},
        {"a stranger's key", [&](auto& head, auto&) { head["jwk"] = stranger.jwkMembers(); }},
        {"a private key",
         [&](auto& head, auto&) {
             Json::Object jwk = signer.jwkMembers();
             jwk["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
             head["jwk"] = std::move(jwk);
         }},
        {"a secret key",
         [](auto& head, auto&) {
             head["jwk"] = Json::Object{{"kty", "oct"}, {"k", "AAAAAAAAAAAAAAAAAAAAAA"}};
         }},
        {"no jti", [](auto&, auto& body) { body.erase("jti"); }},
        {"jti is a number", [](auto&, auto& body) { body["jti"] = 1; }},
        {"jti too long", [](auto&, auto& body) { body["jti"] = std::string(129, 'a'); }},
        {"no htm", [](auto&, auto& body) { body.erase("htm"); }},
        {"no htu", [](auto&, auto& body) { body.erase("htu"); }},
        {"no iat", [](auto&, auto& body) { body.erase("iat"); }},
        {"iat is text", [](auto&, auto& body) { body["iat"] = "1795428000"; }},
        {"empty nonce", [](auto&, auto& body) { body["nonce"] = ""; }},
        {"nonce is a list", [](auto&, auto& body) { body["nonce"] = Json::Array{"a"}; }},
        {"ath too long", [](auto&, auto& body) { body["ath"] = std::string(44, 'a'); }}};
    for (const Case& bad : cases) {
        Json::Object head = header(signer);
        Json::Object body = claims();
        bad.apply(head, body);
        EXPECT_THAT(DpopProof::parse(proofOf(signer, head, body)),
                    failsWith(ErrorCode::kUnauthenticated))
            << bad.name;
    }
    const std::string good = proofOf(signer, header(signer), claims());
    for (const std::string& bad : {std::string(), good + ".", good.substr(1), good + "A"})
        EXPECT_THAT(DpopProof::parse(bad), failsWith(ErrorCode::kUnauthenticated));
    Json::Object padded = claims();
    padded["pad"] = std::string(4096, 'a');
    EXPECT_THAT(DpopProof::parse(proofOf(signer, header(signer), padded)),
                failsWith(ErrorCode::kUnauthenticated));
}

TEST(Dpop, isGoodForOneMethodAddressTimeAndToken) {
    RecordProperty("requirement", "T-05");
    const DpopProof plain{{}, "j", "POST", std::string(kUri), kNow, "", ""};
    const std::string token = "eyJ.access.token";
    DpopProof bound = plain;
    bound.ath = base64url::encode(sha256(asBytes(token)));
    const Duration second = std::chrono::seconds(1);
    const auto check = [](const DpopProof& proof, const DpopUse& use, Time now) {
        return checkProof(proof, use, now);
    };
    EXPECT_THAT(check(plain, {"POST", kUri, ""}, kNow + kDpopWindow), isOk());
    EXPECT_THAT(check(plain, {"POST", kUri, ""}, kNow - kDpopWindow), isOk());
    EXPECT_THAT(check(bound, {"POST", kUri, token}, kNow), isOk());
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    EXPECT_THAT(check(plain, {"GET", kUri, ""}, kNow), refused);
    EXPECT_THAT(check(plain, {"post", kUri, ""}, kNow), refused) << "methods have a case";
    EXPECT_THAT(check(plain, {"POST", kUri, ""}, kNow + kDpopWindow + second), refused);
    EXPECT_THAT(check(plain, {"POST", kUri, ""}, kNow - kDpopWindow - second), refused);
    EXPECT_THAT(check(plain, {"POST", kUri, token}, kNow), refused) << "no ath";
    EXPECT_THAT(check(bound, {"POST", kUri, ""}, kNow), refused) << "ath without a token";
    EXPECT_THAT(check(bound, {"POST", kUri, token + "x"}, kNow), refused);
}

TEST(Dpop, comparesAddressesAsTheStandardSays) {
    const auto check = [](std::string htu) {
        const DpopProof proof{{}, "j", "POST", std::move(htu), kNow, "", ""};
        return checkProof(proof, {"POST", kUri, ""}, kNow);
    };
    for (const char* same : {"https://login.example.test/oauth2/token",
                             "HTTPS://Login.Example.TEST/oauth2/token",
                             "https://login.example.test:443/oauth2/token",
                             "https://login.example.test/oauth2/token?a=b",
                             "https://login.example.test/oauth2/token#f"})
        EXPECT_THAT(check(same), isOk()) << same;
    for (const char* other : {"http://login.example.test/oauth2/token",
                              "https://login.example.test:8443/oauth2/token",
                              "https://login.example.test:80/oauth2/token",
                              "https://login.example.test/oauth2/Token",
                              "https://login.example.test/oauth2/token/",
                              "https://login.example.test/oauth2",
                              "https://login.example.test",
                              "https://login.example.test.evil.test/oauth2/token",
                              "https://evil.test/https://login.example.test/oauth2/token",
                              "login.example.test/oauth2/token",
                              "/oauth2/token",
                              "?"})
        EXPECT_THAT(check(other), failsWith(ErrorCode::kUnauthenticated)) << other;
}

}  // namespace
}  // namespace sallyport::token
