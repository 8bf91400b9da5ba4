#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "token/jwk.h"
#include "token/verify.h"

#include <gmock/gmock.h>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;
using test::JwtSigner;

Result<VerifiedJws> verified(const std::string& compact, const PublicKey& key) {
    SALLYPORT_TRY(const Jws jws, Jws::parse(compact));
    return verify(jws, key);
}

PublicKey keyOf(const JwtSigner& signer) {
    return parseJwk(signer.jwk()).value();
}

TEST(Verify, acceptsTheExamplesOfTheStandards) {
    // RFC 7515 A.3, RFC 8037 A.4.
    const auto p256 =
        parseJwk(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                 R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
    ASSERT_THAT(p256, isOk());
    EXPECT_THAT(
        verified("eyJhbGciOiJFUzI1NiJ9."
                 "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"
                 "b290Ijp0cnVlfQ."
                 "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-"
                 "Kg6NU1Q",
                 *p256),
        isOk());
    const auto edwards = parseJwk(
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    ASSERT_THAT(edwards, isOk());
    EXPECT_THAT(verified("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                         "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7"
                         "sVvpAr_MuM0KAg",
                         *edwards),
                isOk());
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {};

TEST_P(EveryAlgorithm, takesWhatItsKeySignedAndNothingElse) {
    RecordProperty("requirement", "T-02");
    const JwtSigner signer(GetParam());
    const JwtSigner stranger(GetParam());
    const std::string good = signer.sign({{"iss", "shop"}});
    const auto result = verified(good, keyOf(signer));
    ASSERT_THAT(result, isOk());
    EXPECT_EQ(result->typ(), "JWT");
    EXPECT_EQ(asText(result->payload()), R"({"iss":"shop"})");

    EXPECT_THAT(verified(good, keyOf(stranger)), failsWith(ErrorCode::kUnauthenticated));
    const std::string other = signer.sign({{"iss", "shoq"}});
    const std::string mixed = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
    EXPECT_THAT(verified(mixed, keyOf(signer)), failsWith(ErrorCode::kUnauthenticated));
}

TEST_P(EveryAlgorithm, refusesASignatureThatIsBentAnywhere) {
    const JwtSigner signer(GetParam());
    const PublicKey key = keyOf(signer);
    const auto good = Jws::parse(signer.sign({{"iss", "shop"}}));
    ASSERT_THAT(good, isOk());
    for (std::size_t i = 0; i < good->signature.size(); i += 7) {
        Jws bent = *good;
        bent.signature[i] ^= 0x01U;
        EXPECT_THAT(verify(bent, key), failsWith(ErrorCode::kUnauthenticated)) << i;
    }
    Jws longer = *good;
    longer.signature.push_back(0);
    EXPECT_THAT(verify(longer, key), failsWith(ErrorCode::kUnauthenticated));
    Jws shorter = *good;
    shorter.signature.pop_back();
    EXPECT_THAT(verify(shorter, key), failsWith(ErrorCode::kUnauthenticated));
    Jws empty = *good;
    empty.signature.clear();
    EXPECT_THAT(verify(empty, key), failsWith(ErrorCode::kUnauthenticated));
    Jws zero = *good;
    zero.signature.assign(zero.signature.size(), 0);
    EXPECT_THAT(verify(zero, key), failsWith(ErrorCode::kUnauthenticated));
}

TEST_P(EveryAlgorithm, isTheKeysAndNotTheHeaders) {
    RecordProperty("requirement", "T-02");
    const JwtSigner signer(GetParam());
    const PublicKey key = keyOf(signer);
    for (const Algorithm claimed : {Algorithm::kEs256,
                                    Algorithm::kEs384,
                                    Algorithm::kEdDsa,
                                    Algorithm::kRs256,
                                    Algorithm::kPs256}) {
        const std::string header = R"({"alg":")" + std::string(name(claimed)) + "\"}";
        const auto result = verified(signer.signText(header, "{}"), key);
        if (claimed == GetParam())
            EXPECT_THAT(result, isOk());
        else
            EXPECT_THAT(result, failsWith(ErrorCode::kUnauthenticated)) << header;
    }
    for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})"})
        EXPECT_FALSE(verified(signer.signText(header, "{}"), key).has_value()) << header;
}

INSTANTIATE_TEST_SUITE_P(Verify,
                         EveryAlgorithm,
                         testing::Values(Algorithm::kEs256,
                                         Algorithm::kEs384,
                                         Algorithm::kEdDsa,
                                         Algorithm::kRs256,
                                         Algorithm::kPs256),
                         [](const auto& each) { return std::string(name(each.param)); });

TEST(Verify, refusesADerSignature) {
    // RFC 7518 3.4: R ‖ S only; a second spelling would let a used token look new.
    const auto p256 =
        parseJwk(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                 R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
    ASSERT_THAT(p256, isOk());
    auto jws = Jws::parse(
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0c"
        "nVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    ASSERT_THAT(jws, isOk());
    ASSERT_THAT(verify(*jws, *p256), isOk());
    const Bytes raw = jws->signature;
    Bytes der{0x30, 0x45, 0x02, 0x20};
    der.insert(der.end(), raw.begin(), raw.begin() + 32);
    der.insert(der.end(), {0x02, 0x21, 0x00});
    der.insert(der.end(), raw.begin() + 32, raw.end());
    jws->signature = der;
    EXPECT_THAT(verify(*jws, *p256), failsWith(ErrorCode::kUnauthenticated));
}

TEST(Verify, holdsTheKidAgainstTheKey) {
    RecordProperty("requirement", "T-03");
    const JwtSigner signer(Algorithm::kEs256, "a");
    const PublicKey named = keyOf(signer);
    EXPECT_THAT(verified(signer.sign({}), named), isOk());
    EXPECT_THAT(verified(signer.signText(R"({"alg":"ES256"})", "{}"), named), isOk());
    EXPECT_THAT(verified(signer.signText(R"({"alg":"ES256","kid":"b"})", "{}"), named),
                failsWith(ErrorCode::kUnauthenticated));
    auto members = signer.jwkMembers();
    members.erase("kid");
    const auto nameless = PublicKey::fromJwk(members);
    ASSERT_THAT(nameless, isOk());
    EXPECT_THAT(verified(signer.signText(R"({"alg":"ES256","kid":"b"})", "{}"), *nameless), isOk());
}

TEST(Verify, followsNoKeyOfTheHeader) {
    RecordProperty("requirement", "T-03");
    const JwtSigner signer;
    const JwtSigner stranger;
    const std::string header = R"({"alg":"ES256","jwk":)" + stranger.jwk() + "}";
    EXPECT_THAT(verified(stranger.signText(header, "{}"), keyOf(signer)),
                failsWith(ErrorCode::kUnauthenticated));
}

}  // namespace
}  // namespace sallyport::token
