// Signatures and key ids are judged by OpenSSL and by the examples of RFC 7638 and 8037.

#include "base/base64url.h"
#include "mint/key_id.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

#include <gmock/gmock.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <functional>

namespace sallyport::mint {
namespace {

using test::failsWith;
using test::isOk;
using test::MintFixture;
using testing::SizeIs;

constexpr std::string_view kIssuer = "https://login.example.test";
constexpr std::string_view kGrant = "sallyport-grant+jwt";

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

EvpKey publicKey(const Bytes& spki) {
    const std::uint8_t* at = spki.data();
    return {d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())), EVP_PKEY_free};
}

/// Is `raw` (r‖s) an ES256 signature of this key?
bool verifies(const Bytes& spki, std::string_view signed_text, const Bytes& raw) {
    const EvpKey key = publicKey(spki);
    if (key == nullptr || raw.size() != 64) return false;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     ECDSA_SIG_free);
    ECDSA_SIG_set0(
        pair.get(), BN_bin2bn(raw.data(), 32, nullptr), BN_bin2bn(raw.data() + 32, 32, nullptr));
    std::uint8_t* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    const ByteView text = asBytes(signed_text);
    const bool good =
        EVP_DigestVerify(
            context.get(), der, static_cast<std::size_t>(size), text.data(), text.size()) == 1;
    OPENSSL_free(der);
    return good;
}

struct Jws {
    Json header;
    Json claims;
    std::string signed_text;
    Bytes signature;
};

Jws split(const Secret& compact) {
    const std::string text(compact.exposeText());
    const auto first = text.find('.');
    const auto last = text.rfind('.');
    const auto part = [](std::string_view encoded) {
        auto decoded = base64url::decode(encoded, 20'000);
        EXPECT_THAT(decoded, isOk());
        return decoded ? *decoded : Bytes{};
    };
    const auto json = [&](std::string_view encoded) {
        const Bytes bytes = part(encoded);
        auto parsed = Json::parse(asText(bytes));
        EXPECT_THAT(parsed, isOk());
        return parsed ? *parsed : Json();
    };
    return {json(std::string_view(text).substr(0, first)),
            json(std::string_view(text).substr(first + 1, last - first - 1)),
            text.substr(0, last),
            part(std::string_view(text).substr(last + 1))};
}

class MintJwt : public testing::Test {
  protected:
    MintJwt() { fixture_.mint().issueAs(std::string(kIssuer)); }

    std::int64_t now() { return micros(fixture_.clock.now()) / 1'000'000; }

    Json::Object claims() {
        return {{"aud", "https://bank.example.test"},
                {"iat", now()},
                {"exp", now() + 60},
                {"jti", "AAAAAAAAAAAAAAAAAAAAAA"}};
    }

    Result<SignedJwt> sign(Json::Object claims, std::string_view typ = kGrant) {
        return mint::ask<SignedJwt>(
            fixture_.mint(), SignJwt{std::string(typ), std::move(claims)}, MintFixture::soon());
    }

    std::vector<PublicKey> keys() {
        auto list = mint::ask<PublicKeyList>(fixture_.mint(), PublicKeys{}, MintFixture::soon());
        EXPECT_THAT(list, isOk());
        return list ? list->keys : std::vector<PublicKey>();
    }

    MintFixture fixture_;
};

TEST_F(MintJwt, isSignedByTheActiveEs256KeyWithHeaderAndIssuerOfTheMint) {
    RecordProperty("requirement", "T-02");
    const auto made = sign(claims());
    ASSERT_THAT(made, isOk());
    const Jws jws = split(made->compact);
    const auto published = keys();
    ASSERT_THAT(published, SizeIs(1));
    const PublicKey& key = published.front();
    EXPECT_EQ(jws.header, Json(Json::Object{{"alg", "ES256"}, {"kid", key.kid}, {"typ", kGrant}}));
    Json::Object wanted = claims();
    wanted.emplace("iss", kIssuer);
    EXPECT_EQ(jws.claims, Json(wanted));
    EXPECT_TRUE(verifies(key.spki, jws.signed_text, jws.signature));
    EXPECT_FALSE(verifies(key.spki, jws.signed_text + "x", jws.signature));
    EXPECT_EQ(fixture_.mint().counters().at("sign:token-sign"), 1U);
}

TEST_F(MintJwt, isRefusedUnlessTypeTimesAndClaimsAreInItsTable) {
    RecordProperty("requirement", "T-02");

    struct Case {
        std::string name;
        std::string typ;
        std::function<void(Json::Object&)> apply;
    };

    const auto set = [](std::string member, Json value) {
        return [member = std::move(member), value = std::move(value)](Json::Object& claims) {
            claims.insert_or_assign(member, value);
        };
    };
    const std::string grant(kGrant);
    const auto nothing = [](Json::Object&) {};
    const std::vector<Case> cases = {
        {"no typ", "", nothing},
        {"JWT", "JWT", nothing},
        {"access token", "at+jwt", nothing},
        {"typ in another case", "Sallyport-Grant+JWT", nothing},
        {"typ with a media type", "application/sallyport-grant+jwt", nothing},
        {"issuer of the caller's", grant, set("iss", "https://evil.example.test")},
        {"the right issuer, but the caller's", grant, set("iss", kIssuer)},
        {"no iat", grant, [](Json::Object& claims) { claims.erase("iat"); }},
        {"no exp", grant, [](Json::Object& claims) { claims.erase("exp"); }},
        {"iat is text", grant, set("iat", std::to_string(now()))},
        {"exp is text", grant, set("exp", std::to_string(now() + 60))},
        {"negative iat", grant, set("iat", -1)},
        {"a second too long", grant, set("exp", now() + 61)},
        {"ends when it begins", grant, set("exp", now())},
        {"ends before it begins", grant, set("exp", now() - 1)},
        {"begins in the future", grant, set("iat", now() + 1)},
        {"no canonical JSON", grant, set("m\xc3\xbc", 1)},
        {"too great", grant, set("text", std::string(17'000, 'a'))}};
    for (const auto& refused : cases) {
        Json::Object changed = claims();
        refused.apply(changed);
        EXPECT_THAT(sign(std::move(changed), refused.typ), failsWith(ErrorCode::kInvalidRequest))
            << refused.name;
    }
    EXPECT_FALSE(fixture_.mint().counters().contains("sign:token-sign"));
}

TEST_F(MintJwt, isNotSignedBeforeTheIssuerIsKnown) {
    fixture_.mint().issueAs("");
    EXPECT_THAT(sign(claims()), failsWith(ErrorCode::kUnavailable));
}

TEST_F(MintJwt, isNotSignedWithoutTheDevice) {
    fixture_.fake.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_THAT(sign(claims()), failsWith(ErrorCode::kUnavailable));
}

TEST_F(MintJwt, isNotSignedByAKeyOfAnotherAlgorithm) {
    LocalMint other(fixture_.device, fixture_.clock, fixture_.random, fixture_.metrics);
    std::vector<KeyRecord> records = fixture_.records();
    for (KeyRecord& record : records) {
        if (record.identity.algorithm == hsm::KeyAlgorithm::kEs256)
            record.state = KeyState::kRetired;
    }
    const auto rsa = fixture_.fake.generate(
        {hsm::KeyPurpose::kTokenSign, 1}, hsm::KeyAlgorithm::kRs256, MintFixture::soon());
    ASSERT_THAT(rsa, isOk());
    records.push_back({*rsa, KeyState::kActive});
    ASSERT_THAT(other.adopt(records), isOk());
    other.issueAs(std::string(kIssuer));
    EXPECT_THAT(
        mint::ask<SignedJwt>(other, SignJwt{std::string(kGrant), claims()}, MintFixture::soon()),
        failsWith(ErrorCode::kIntegrity));
    const auto list = mint::ask<PublicKeyList>(other, PublicKeys{}, MintFixture::soon());
    ASSERT_THAT(list, isOk());
    ASSERT_THAT(list->keys, SizeIs(2)) << "a retired key is still published";
    EXPECT_EQ(list->keys[0].algorithm, hsm::KeyAlgorithm::kRs256);
    EXPECT_EQ(list->keys[1].state, KeyState::kRetired);
    EXPECT_TRUE(publicKey(list->keys[0].spki));
}

TEST_F(MintJwt, publicKeysAreThoseThatTheRingNames) {
    const auto published = keys();
    ASSERT_THAT(published, SizeIs(1));
    EXPECT_EQ(published.front().key.purpose, hsm::KeyPurpose::kTokenSign);
    EXPECT_EQ(published.front().key.generation, MintFixture::kGeneration);
    EXPECT_EQ(published.front().state, KeyState::kActive);

    LocalMint other(fixture_.device, fixture_.clock, fixture_.random, fixture_.metrics);
    std::vector<KeyRecord> records = fixture_.records();
    for (KeyRecord& record : records) record.identity.fingerprint[0] ^= 1;
    ASSERT_THAT(other.adopt(records), isOk());
    EXPECT_THAT(mint::ask<PublicKeyList>(other, PublicKeys{}, MintFixture::soon()),
                failsWith(ErrorCode::kIntegrity));
}

Bytes spkiOf(EVP_PKEY* key) {
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    EXPECT_GT(size, 0);
    Bytes spki(der, der + size);
    OPENSSL_free(der);
    return spki;
}

/// The key of RFC 7638 3.1.
Bytes rfc7638Key() {
    const auto modulus = base64url::decode(
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
        "bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        256);
    EXPECT_THAT(modulus, isOk());
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(
        BN_bin2bn(modulus->data(), static_cast<int>(modulus->size()), nullptr), BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> e(BN_new(), BN_free);
    BN_set_word(e.get(), 65537);
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
        OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
        OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
    const EvpKey owned(key, EVP_PKEY_free);
    return spkiOf(key);
}

/// The key of RFC 8037 A.2, whose thumbprint is in A.3.
Bytes rfc8037Key() {
    const auto raw = base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", 32);
    EXPECT_THAT(raw, isOk());
    const EvpKey key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw->data(), raw->size()),
        EVP_PKEY_free);
    return spkiOf(key.get());
}

TEST(KeyId, isTheThumbprintOfTheStandardsExamples) {
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kRs256, rfc7638Key()),
                test::isOkAndHolds(std::string("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")));
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kEd25519, rfc8037Key()),
                test::isOkAndHolds(std::string("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")));
}

TEST(KeyId, ofAnEllipticKeyIsOverItsPoint) {
    const EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
    const auto coordinate = [&](const char* name) {
        BIGNUM* number = nullptr;
        EVP_PKEY_get_bn_param(key.get(), name, &number);
        Bytes bytes(32);
        BN_bn2binpad(number, bytes.data(), 32);
        BN_free(number);
        return base64url::encode(bytes);
    };
    const std::string jwk = R"({"crv":"P-256","kty":"EC","x":")" +
                            coordinate(OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" +
                            coordinate(OSSL_PKEY_PARAM_EC_PUB_Y) + "\"}";
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kEs256, spkiOf(key.get())),
                test::isOkAndHolds(base64url::encode(sha256(asBytes(jwk)))));
}

TEST(KeyId, isRefusedForAnotherKeyThanTheAlgorithms) {
    const Bytes rsa = rfc7638Key();
    const Bytes edwards = rfc8037Key();
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kRs256, edwards), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kEd25519, rsa), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kEs256, rsa), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kHmacSha256, rsa), failsWith(ErrorCode::kInternal));
    for (std::size_t size = 0; size < rsa.size(); ++size) {
        EXPECT_THAT(keyIdOf(hsm::KeyAlgorithm::kRs256, ByteView(rsa).first(size)),
                    failsWith(ErrorCode::kInternal))
            << size;
    }
}

}  // namespace
}  // namespace sallyport::mint
