// Names of keys, and public keys as tokens give them.

#include "hsm/key_ring.h"
#include "hsm/public_key.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>

namespace sallyport::hsm {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;

TEST(KeyNames, comeBackFromTheirText) {
    for (std::size_t i = 0; i < kKeyPurposeCount; ++i) {
        const auto purpose = static_cast<KeyPurpose>(i);
        EXPECT_EQ(keyPurposeFromName(name(purpose)), purpose);
        const KeyName key{purpose, 4294967295U};
        EXPECT_EQ(keyFromLabel("main", labelOf("main", key)), key);
    }
    EXPECT_EQ(labelOf("main", {KeyPurpose::kLinkMac, 3}), "sallyport:main:link-mac:3");
    EXPECT_EQ(text(KeyName{KeyPurpose::kPiiWrap, 1}), "pii-wrap:1");
    for (const auto algorithm : {KeyAlgorithm::kHmacSha256,
                                 KeyAlgorithm::kAes256Gcm,
                                 KeyAlgorithm::kEs256,
                                 KeyAlgorithm::kRs256,
                                 KeyAlgorithm::kEd25519}) {
        EXPECT_EQ(keyAlgorithmFromName(name(algorithm)), algorithm);
    }
    EXPECT_EQ(keyPurposeFromName("link"), std::nullopt);
    EXPECT_EQ(keyAlgorithmFromName("HS256"), std::nullopt);
}

TEST(KeyNames, haveOneSpelling) {
    for (const std::string label : {"",
                                    "sallyport:main:",
                                    "sallyport:main:link-mac",
                                    "sallyport:main:link-mac:",
                                    "sallyport:main:link-mac:0",
                                    "sallyport:main:link-mac:01",
                                    "sallyport:main:link-mac:+1",
                                    "sallyport:main:link-mac:1 ",
                                    "sallyport:main:link-mac:1x",
                                    "sallyport:main:link-mac:4294967296",
                                    "sallyport:main:link-mac:4294967297",
                                    "sallyport:main:link-mac:99999999999999999999",
                                    "sallyport:main:link-mac:-1",
                                    "sallyport:main:Link-mac:1",
                                    "sallyport:other:link-mac:1",
                                    "main:link-mac:1"}) {
        EXPECT_EQ(keyFromLabel("main", label), std::nullopt) << label;
    }
}

TEST(EcPoint, isReadInTheThreeFormsOfTheVendors) {
    const Bytes raw = {0x04, 0x03, 0x07, 0x09};  // begins like a header on purpose
    Bytes octets = {0x04, 0x04};
    octets.insert(octets.end(), raw.begin(), raw.end());
    Bytes bits = {0x03, 0x05, 0x00};
    bits.insert(bits.end(), raw.begin(), raw.end());
    EXPECT_THAT(unwrapPoint(raw, 4), isOkAndHolds(raw));
    EXPECT_THAT(unwrapPoint(octets, 4), isOkAndHolds(raw));
    EXPECT_THAT(unwrapPoint(bits, 4), isOkAndHolds(raw));
}

TEST(EcPoint, ofAnyOtherFormIsRefused) {
    const auto refused = failsWith(ErrorCode::kIntegrity);
    EXPECT_THAT(unwrapPoint({}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{1, 2, 3}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{1, 2, 3, 4, 5}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{0x04, 0x05, 1, 2, 3, 4}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{0x03, 0x04, 1, 2, 3, 4}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{0x03, 0x05, 0x01, 1, 2, 3, 4}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{0x03, 0x04, 0x00, 1, 2, 3, 4}, 4), refused);
    EXPECT_THAT(unwrapPoint(Bytes{0x03, 0x06, 0x00, 1, 2, 3, 4, 5}, 4), refused);
}

using Pkey = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

Bytes pointOf(const Pkey& key) {
    Bytes point(65);
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key.get(), "pub", point.data(), point.size(), &size);
    return point;
}

Bytes rawSignature(const Pkey& key, std::string_view message) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    Bytes der(128);
    std::size_t size = der.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(context.get(), der.data(), &size, asBytes(message).data(), message.size());
    const unsigned char* at = der.data();
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> parts(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
    Bytes raw(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), raw.data() + 32, 32);
    return raw;
}

TEST(PublicKeys, ofACurvePointThatIsNotOnTheCurveAreRefused) {
    const Pkey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    Bytes point = pointOf(key);
    EXPECT_THAT(p256Spki(point), isOk());
    point[64] ^= 1U;
    EXPECT_THAT(p256Spki(point), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(p256Spki(Bytes(65)), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(p256Spki(Bytes{0}), failsWith(ErrorCode::kIntegrity)) << "the point at infinity";
    EXPECT_THAT(ed25519Spki(Bytes(31)), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(rsaSpki(Bytes(), Bytes()), failsWith(ErrorCode::kIntegrity));
}

TEST(Es256, signaturesBecomeLowSAndStillVerify) {
    const Pkey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto spki = p256Spki(pointOf(key));
    ASSERT_THAT(spki, isOk());
    int changed = 0;
    for (int i = 0; i < 64; ++i) {
        const Bytes raw = rawSignature(key, "message");
        const auto low = lowS(raw);
        ASSERT_THAT(low, isOk());
        EXPECT_LT((*low)[32], 0x80);
        EXPECT_THAT(lowS(*low), isOkAndHolds(*low));
        EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, *spki, asBytes("message"), *low), isOk());
        if (*low != raw) ++changed;
    }
    EXPECT_GT(changed, 0) << "half of all signatures have a high s";
    EXPECT_THAT(lowS(Bytes(63)), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(lowS(Bytes(64, 0xff)), failsWith(ErrorCode::kIntegrity)) << "s above the order";
}

TEST(Es256, aWrongSignatureIsNotReleased) {
    const Pkey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Pkey other(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto spki = p256Spki(pointOf(key));
    ASSERT_THAT(spki, isOk());
    const auto refused = failsWith(ErrorCode::kIntegrity);
    Bytes good = rawSignature(key, "message");
    EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, *spki, asBytes("messagf"), good), refused);
    EXPECT_THAT(
        verifySignature(
            KeyAlgorithm::kEs256, *spki, asBytes("message"), rawSignature(other, "message")),
        refused);
    EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, *spki, asBytes("message"), Bytes(64)),
                refused);
    EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, *spki, asBytes("message"), Bytes(63)),
                refused);
    EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, Bytes(91), asBytes("message"), good),
                refused);
    good[0] ^= 1U;
    EXPECT_THAT(verifySignature(KeyAlgorithm::kEs256, *spki, asBytes("message"), good), refused);
}

}  // namespace
}  // namespace sallyport::hsm
