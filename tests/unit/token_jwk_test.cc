#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "token/jwk.h"

#include <gmock/gmock.h>

#include <functional>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;
using test::JwtSigner;

constexpr const char* kRsaModulus =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
    "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

Json::Object rsa() {
    return {{"kty", "RSA"}, {"alg", "RS256"}, {"n", kRsaModulus}, {"e", "AQAB"}};
}

Json::Object p256() {
    return {{"kty", "EC"},
            {"crv", "P-256"},
            {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
            {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
}

Json::Object edwards() {
    return {
        {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
}

TEST(Jwk, hasTheThumbprintsOfTheStandards) {
    // RFC 7638 3.1, RFC 8037 A.3.
    const auto one = PublicKey::fromJwk(rsa());
    ASSERT_THAT(one, isOk());
    EXPECT_EQ(one->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    const auto other = PublicKey::fromJwk(edwards());
    ASSERT_THAT(other, isOk());
    EXPECT_EQ(other->thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, isTheSameAgainAndFromTheKeyItself) {
    for (const Algorithm algorithm : {Algorithm::kEs256,
                                      Algorithm::kEs384,
                                      Algorithm::kEdDsa,
                                      Algorithm::kRs256,
                                      Algorithm::kPs256}) {
        const JwtSigner signer(algorithm, "the-kid");
        const auto key = parseJwk(signer.jwk());
        ASSERT_THAT(key, isOk());
        EXPECT_EQ(key->algorithm(), algorithm);
        EXPECT_EQ(key->kid(), "the-kid");
        const auto again = PublicKey::fromJwk(key->jwk());
        ASSERT_THAT(again, isOk());
        EXPECT_EQ(again->thumbprint(), key->thumbprint());
        EXPECT_EQ(again->jwk(), key->jwk());
        const auto der = PublicKey::fromSpki(signer.spki(), algorithm);
        ASSERT_THAT(der, isOk());
        EXPECT_EQ(der->thumbprint(), key->thumbprint());
        EXPECT_EQ(der->algorithm(), algorithm);
        EXPECT_EQ(der->kid(), "");
    }
}

TEST(Jwk, passesOverWhatItDoesNotKnow) {
    Json::Object jwk = p256();
    jwk.emplace("x5t", "whatever");
    jwk.emplace("use", "sig");
    jwk.emplace("key_ops", Json::Array{"verify"});
    jwk.emplace("alg", "ES256");
    EXPECT_THAT(PublicKey::fromJwk(jwk), isOk());
}

struct Bent {
    const char* name;
    Json::Object (*base)();
    std::function<void(Json::Object&)> change;
};

class BadJwk : public testing::TestWithParam<Bent> {};

TEST_P(BadJwk, isRefused) {
    Json::Object jwk = GetParam().base();
    ASSERT_THAT(PublicKey::fromJwk(jwk), isOk());
    GetParam().change(jwk);
    EXPECT_THAT(PublicKey::fromJwk(jwk), failsWith(ErrorCode::kInvalidRequest));
}

std::function<void(Json::Object&)> set(const char* member, Json value) {
    return [member, value](Json::Object& jwk) { jwk[member] = value; };
}

std::function<void(Json::Object&)> without(const char* member) {
    return [member](Json::Object& jwk) { jwk.erase(member); };
}

/// A modulus of so many bits, odd.
std::string modulus(std::size_t bits) {
    Bytes bytes((bits + 7) / 8, 0xff);
    bytes.front() = static_cast<std::uint8_t>(0xffU >> ((8 - bits % 8) % 8));
    return base64url::encode(bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Jwk,
    BadJwk,
    testing::Values(
        Bent{"privateEc", p256, set("d", "AAAA")},
        Bent{"privateEdwards", edwards, set("d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")},
        Bent{"privateRsa", rsa, set("d", "AAAA")},
        Bent{"privatePrime", rsa, set("p", "AAAA")},
        Bent{"privateExponent", rsa, set("dq", "AAAA")},
        Bent{"otherPrimes", rsa, set("oth", Json::Array{})},
        Bent{"symmetricMember", p256, set("k", "AAAA")},
        Bent{"symmetric", p256, set("kty", "oct")},
        Bent{"noType", p256, without("kty")},
        Bent{"typeInSmallLetters", p256, set("kty", "ec")},
        Bent{"forEncryption", p256, set("use", "enc")},
        Bent{"useIsNoText", p256, set("use", 1)},
        Bent{"maySign", p256, set("key_ops", Json::Array{"sign", "verify"})},
        Bent{"mayDoNothing", p256, set("key_ops", Json::Array{})},
        Bent{"operationsAsText", p256, set("key_ops", "verify")},
        Bent{"otherAlgorithm", p256, set("alg", "ES384")},
        Bent{"macAlgorithm", p256, set("alg", "HS256")},
        Bent{"noneAlgorithm", p256, set("alg", "none")},
        Bent{"algorithmIsNoText", p256, set("alg", 1)},
        Bent{"edwardsWithEs256", edwards, set("alg", "ES256")},
        Bent{"ecWithRs256", p256, set("alg", "RS256")},
        Bent{"rsaWithoutAlgorithm", rsa, without("alg")},
        Bent{"rsaWithEs256", rsa, set("alg", "ES256")},
        Bent{"rsaWithPs512", rsa, set("alg", "PS512")},
        Bent{"kidIsNoText", p256, set("kid", 1)},
        Bent{"kidIsEmpty", p256, set("kid", "")},
        Bent{"kidIsLong", p256, set("kid", std::string(129, 'k'))},
        Bent{"otherCurve", p256, set("crv", "P-521")},
        Bent{"bitcoinCurve", p256, set("crv", "secp256k1")},
        Bent{"p384WithShortPoint", p256, set("crv", "P-384")},
        Bent{"x25519", edwards, set("crv", "X25519")},
        Bent{"ed448", edwards, set("crv", "Ed448")},
        Bent{"noX", p256, without("x")},
        Bent{"noY", p256, without("y")},
        Bent{"xIsNoText", p256, set("x", 1)},
        Bent{"offTheCurve", p256, set("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4")},
        Bent{"swapped", p256, set("x", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")},
        Bent{"xZero", p256, set("x", base64url::encode(Bytes(32)))},
        Bent{"xAboveThePrime", p256, set("x", base64url::encode(Bytes(32, 0xff)))},
        Bent{"xShort", p256, set("x", base64url::encode(Bytes(31, 1)))},
        Bent{"xLong", p256, set("x", base64url::encode(Bytes(33, 1)))},
        Bent{"xPadded", p256, set("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")},
        Bent{"xNotCanonical", p256, set("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV")},
        Bent{"edwardsShort", edwards, set("x", base64url::encode(Bytes(31, 1)))},
        Bent{"edwardsLong", edwards, set("x", base64url::encode(Bytes(33, 1)))},
        Bent{"rsaSmall", rsa, set("n", modulus(2047))},
        Bent{"rsaTiny", rsa, set("n", modulus(1024))},
        Bent{"rsaLarge", rsa, set("n", modulus(4097))},
        Bent{"rsaEven", rsa, set("n", base64url::encode(Bytes(256, 0xfe)))},
        Bent{"rsaLeadingZero", rsa, set("n", "AP__" + std::string(340, '_'))},
        Bent{"exponentOne", rsa, set("e", "AQ")},
        Bent{"exponentThree", rsa, set("e", "Aw")},
        Bent{"exponentEven", rsa, set("e", "AQAC")},
        Bent{"exponentZero", rsa, set("e", "AA")},
        Bent{"exponentEmpty", rsa, set("e", "")},
        Bent{"exponentLong", rsa, set("e", "AQAAAAE")},
        Bent{"exponentLeadingZero", rsa, set("e", "AAEAAQ")}),
    [](const auto& each) { return each.param.name; });

TEST(Jwk, takesRsaOf2048To4096Bits) {
    for (const std::size_t bits : {2048U, 3072U, 4096U}) {
        Json::Object jwk = rsa();
        jwk["n"] = modulus(bits);
        EXPECT_THAT(PublicKey::fromJwk(jwk), isOk()) << bits;
    }
}

TEST(Jwk, isReadStrictly) {
    const std::string good = Json(p256()).text();
    EXPECT_THAT(parseJwk(good), isOk());
    EXPECT_THAT(parseJwk(good.substr(0, good.size() - 1) + R"(,"kty":"EC"})"),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(parseJwk(good + " x"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(parseJwk("[]"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(parseJwk(""), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(parseJwk(good + std::string(4096, ' ')), failsWith(ErrorCode::kInvalidRequest));
}

TEST(Jwk, ofASubjectPublicKeyInfoFollowsTheSameRules) {
    const JwtSigner signer(Algorithm::kEs256);
    Bytes der = signer.spki();
    EXPECT_THAT(PublicKey::fromSpki(der, Algorithm::kEs384), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(PublicKey::fromSpki(der, Algorithm::kRs256), failsWith(ErrorCode::kInvalidRequest));
    der.push_back(0);
    EXPECT_THAT(PublicKey::fromSpki(der, Algorithm::kEs256), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(PublicKey::fromSpki(Bytes(), Algorithm::kEs256),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(PublicKey::fromSpki(Bytes(91, 0x30), Algorithm::kEs256),
                failsWith(ErrorCode::kInvalidRequest));
}

std::string setOf(const Json::Array& keys) {
    return Json(Json::Object{{"keys", keys}}).text();
}

Json named(Json::Object jwk, const char* kid) {
    jwk["kid"] = kid;
    return jwk;
}

TEST(JwkSet, hasKeysInTheirOrder) {
    const auto keys = parseJwkSet(setOf({named(p256(), "a"), named(edwards(), "b"), rsa()}));
    ASSERT_THAT(keys, isOk());
    ASSERT_EQ(keys->size(), 3U);
    EXPECT_EQ(keys->at(0).kid(), "a");
    EXPECT_EQ(keys->at(1).algorithm(), Algorithm::kEdDsa);
    EXPECT_EQ(keys->at(2).kid(), "");
}

TEST(JwkSet, isRefusedAsAWhole) {
    const auto refused = failsWith(ErrorCode::kInvalidRequest);
    EXPECT_THAT(parseJwkSet("{}"), refused);
    EXPECT_THAT(parseJwkSet(R"({"keys":{}})"), refused);
    EXPECT_THAT(parseJwkSet(setOf({})), refused);
    EXPECT_THAT(parseJwkSet(Json(p256()).text()), refused);
    EXPECT_THAT(parseJwkSet(setOf({p256(), "x"})), refused);
    EXPECT_THAT(parseJwkSet(setOf({p256(), Json::Object{{"kty", "oct"}, {"k", "AAAA"}}})), refused);
    EXPECT_THAT(parseJwkSet(setOf({named(p256(), "a"), named(edwards(), "a")})), refused);
    EXPECT_THAT(parseJwkSet(setOf({named(p256(), "a"), named(p256(), "b")})), refused);
    EXPECT_THAT(parseJwkSet(setOf(Json::Array(17, edwards()))), refused);
    EXPECT_THAT(parseJwkSet(setOf({p256()}) + std::string(kMostJwkSetBytes, ' ')), refused);
}

}  // namespace
}  // namespace sallyport::token
