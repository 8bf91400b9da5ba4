// What the device does with keys, against OpenSSL as oracle.

#include "base/canonical.h"
#include "tests/room/hsm_fixture.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <set>

namespace sallyport::hsm {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;

class HsmUse : public HsmTest {};

struct PairCase {
    std::string name;
    KeyAlgorithm algorithm;
    std::size_t signature_size;
};

class HsmPair : public HsmTest, public testing::WithParamInterface<PairCase> {};

/// Independent of the room: DER by hand for ES256.
bool opensslVerifies(KeyAlgorithm algorithm,
                     const Bytes& spki,
                     std::string_view message,
                     Bytes signature) {
    const unsigned char* der = spki.data();
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
        d2i_PUBKEY(nullptr, &der, static_cast<long>(spki.size())), EVP_PKEY_free);
    if (algorithm == KeyAlgorithm::kEs256) {
        const auto integer = [](ByteView raw) {
            std::size_t skip = 0;
            while (skip + 1 < raw.size() && raw[skip] == 0) ++skip;
            Bytes out(raw.begin() + static_cast<std::ptrdiff_t>(skip), raw.end());
            if ((out.front() & 0x80U) != 0) out.insert(out.begin(), 0);
            out.insert(out.begin(), {0x02, static_cast<std::uint8_t>(out.size())});
            return out;
        };
        Bytes r = integer(ByteView(signature).first(32));
        const Bytes s = integer(ByteView(signature).last(32));
        r.insert(r.end(), s.begin(), s.end());
        r.insert(r.begin(), {0x30, static_cast<std::uint8_t>(r.size())});
        signature = r;
    }
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const EVP_MD* digest = algorithm == KeyAlgorithm::kEd25519 ? nullptr : EVP_sha256();
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(),
                            signature.data(),
                            signature.size(),
                            asBytes(message).data(),
                            message.size()) == 1;
}

TEST_P(HsmPair, signsWhatOpensslVerifies) {
    RecordProperty("requirement", "K-01,C-01");
    const auto device = open();
    const KeyIdentity key = generate(*device, kTokenSign1, GetParam().algorithm);
    const auto keys = device->publicKeys(soon());
    ASSERT_THAT(keys, isOk());
    ASSERT_EQ(keys->size(), 1U);
    EXPECT_EQ(keys->front().key, kTokenSign1);
    EXPECT_EQ(keys->front().algorithm, GetParam().algorithm);
    EXPECT_EQ(key.fingerprint, sha256(keys->front().spki));

    for (int i = 0; i < 8; ++i) {
        const std::string message = "message " + std::to_string(i);
        const auto signature = device->sign(useOf(key), asBytes(message), soon());
        ASSERT_THAT(signature, isOk());
        EXPECT_EQ(signature->size(), GetParam().signature_size);
        EXPECT_TRUE(opensslVerifies(GetParam().algorithm, keys->front().spki, message, *signature));
        EXPECT_FALSE(
            opensslVerifies(GetParam().algorithm, keys->front().spki, message + "x", *signature));
        // n/2 of P-256 begins with 7fffffff.
        const bool ecdsa = GetParam().algorithm == KeyAlgorithm::kEs256;
        EXPECT_TRUE(!ecdsa || (*signature)[32] < 0x80);
    }
}

TEST_P(HsmPair, isRefusedWhereAnotherAlgorithmIsNeeded) {
    const auto device = open();
    const KeyIdentity key = generate(*device, kTokenSign1, GetParam().algorithm);
    EXPECT_THAT(device->macs({{useOf(key), {1}}}, soon()), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(device->encrypt(useOf(key), {}, asBytes("x"), soon()),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(device->decrypt(useOf(key), {}, {{1}, Bytes(16)}, soon()),
                failsWith(ErrorCode::kInvalidRequest));
}

INSTANTIATE_TEST_SUITE_P(Algorithms,
                         HsmPair,
                         testing::Values(PairCase{"Es256", KeyAlgorithm::kEs256, 64},
                                         PairCase{"Rs256", KeyAlgorithm::kRs256, 384},
                                         PairCase{"Ed25519", KeyAlgorithm::kEd25519, 64}),
                         [](const auto& test_case) { return test_case.param.name; });

TEST_F(HsmUse, macsAreOfTheNamedKeysInOrder) {
    const auto device = open();
    const KeyIdentity first = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    const KeyIdentity second =
        generate(*device, {KeyPurpose::kSealMac, 1}, KeyAlgorithm::kHmacSha256);
    const Bytes a = {1};
    const Bytes b(65536, 7);
    const auto tags =
        device->macs({{useOf(first), a}, {useOf(second), a}, {useOf(first), b}}, soon());
    ASSERT_THAT(tags, isOk());
    EXPECT_EQ(std::set<Digest>(tags->begin(), tags->end()).size(), 3U);
    const auto again =
        device->macs({{useOf(first), b}, {useOf(second), a}, {useOf(first), a}}, soon());
    ASSERT_THAT(again, isOk());
    EXPECT_EQ(again->at(0), tags->at(2));
    EXPECT_EQ(again->at(1), tags->at(1));
    EXPECT_EQ(again->at(2), tags->at(0));
    EXPECT_THAT(device->macs({}, soon()), isOkAndHolds(std::vector<Digest>()));
}

TEST_F(HsmUse, refusesSizesOutsideTheContract) {
    const auto device = open();
    const KeyIdentity mac_key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    const KeyIdentity wrap_key = generate(*device, kPiiWrap1, KeyAlgorithm::kAes256Gcm);
    const auto invalid = failsWith(ErrorCode::kInvalidRequest);
    EXPECT_THAT(device->macs({{useOf(mac_key), {}}}, soon()), invalid);
    EXPECT_THAT(device->macs({{useOf(mac_key), Bytes(65537)}}, soon()), invalid);
    EXPECT_THAT(device->macs(std::vector<MacRequest>(257, {useOf(mac_key), {1}}), soon()), invalid);
    EXPECT_THAT(device->sign(useOf(mac_key), asBytes("x"), soon()), invalid);
    EXPECT_THAT(device->sign(useOf(mac_key), {}, soon()), invalid);
    EXPECT_THAT(device->encrypt(useOf(wrap_key), {}, Bytes(4097), soon()), invalid);
    EXPECT_THAT(device->encrypt(useOf(wrap_key), Bytes(4097), {}, soon()), invalid);
    EXPECT_THAT(device->encrypt(useOf(mac_key), {}, {}, soon()), invalid);
    EXPECT_THAT(device->decrypt(useOf(wrap_key), {}, {{1}, Bytes(15)}, soon()), invalid);
    EXPECT_THAT(device->random(0, soon()), invalid);
    EXPECT_THAT(device->random(1025, soon()), invalid);
    EXPECT_THAT(device->generate({KeyPurpose::kLinkMac, 0}, KeyAlgorithm::kHmacSha256, soon()),
                invalid);
}

TEST_F(HsmUse, encryptionComesBackAndOnlyWhole) {
    RecordProperty("requirement", "C-01");
    const auto device = open();
    const KeyUse use = useOf(generate(*device, kPiiWrap1, KeyAlgorithm::kAes256Gcm));
    const KeyUse other =
        useOf(generate(*device, {KeyPurpose::kPiiWrap, 2}, KeyAlgorithm::kAes256Gcm));
    for (const std::size_t size : {0U, 1U, 16U, 4096U}) {
        const Bytes plaintext(size, 0x5a);
        const auto sealed = device->encrypt(use, asBytes("owner"), plaintext, soon());
        ASSERT_THAT(sealed, isOk());
        EXPECT_EQ(sealed->ciphertext.size(), size + 16);
        EXPECT_THAT(device->decrypt(use, asBytes("owner"), *sealed, soon()),
                    isOkAndHolds(plaintext));
        EXPECT_THAT(device->decrypt(use, asBytes("owneR"), *sealed, soon()),
                    failsWith(ErrorCode::kInvalidRequest));
        EXPECT_THAT(device->decrypt(other, asBytes("owner"), *sealed, soon()),
                    failsWith(ErrorCode::kInvalidRequest));
        for (const std::size_t at : {std::size_t{0}, size, size + 15}) {
            Sealed bent = *sealed;
            bent.ciphertext[at] ^= 1U;
            EXPECT_THAT(device->decrypt(use, asBytes("owner"), bent, soon()),
                        failsWith(ErrorCode::kInvalidRequest));
        }
        Sealed moved = *sealed;
        moved.iv[3] ^= 1U;
        EXPECT_THAT(device->decrypt(use, asBytes("owner"), moved, soon()),
                    failsWith(ErrorCode::kInvalidRequest));
    }
    EXPECT_EQ(device->health().state, Health::State::kServing)
        << "a wrong ciphertext is the caller's trouble";
}

TEST_F(HsmUse, neverUsesTheIvOfTheFingerprint) {
    class Zeros final : public Random {
        void fill(std::span<std::uint8_t> out) override {
            std::fill(out.begin(), out.end(), std::uint8_t{0});
        }
    };

    Zeros zeros;
    auto device = Pkcs11Device::open(token_.options(), log_, metrics_, zeros);
    ASSERT_THAT(device, isOk());
    const KeyIdentity key = generate(**device, kPiiWrap1, KeyAlgorithm::kAes256Gcm);
    EXPECT_THAT((*device)->encrypt(useOf(key), {}, asBytes("x"), soon()),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT((*device)->decrypt(useOf(key), {}, {{}, Bytes(32)}, soon()),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(HsmUse, ivsAreFresh) {
    const auto device = open();
    const KeyUse use = useOf(generate(*device, kPiiWrap1, KeyAlgorithm::kAes256Gcm));
    std::set<FixedBytes<12>> ivs;
    for (int i = 0; i < 50; ++i) {
        const auto sealed = device->encrypt(use, {}, asBytes("x"), soon());
        ASSERT_THAT(sealed, isOk());
        ivs.insert(sealed->iv);
    }
    EXPECT_EQ(ivs.size(), 50U);
}

TEST_F(HsmUse, aUseThatNamesAnotherFingerprintIsRefused) {
    RecordProperty("requirement", "K-03");
    const auto device = open();
    KeyUse use = useOf(generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256));
    ASSERT_THAT(device->macs({{use, {1}}}, soon()), isOk());
    use.fingerprint[31] ^= 1U;
    EXPECT_THAT(device->macs({{use, {1}}}, soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(device->macs({{{{KeyPurpose::kCodeMac, 1}, use.fingerprint}, {1}}}, soon()),
                failsWith(ErrorCode::kIntegrity));
}

TEST_F(HsmUse, theDevicesRandomBytesDiffer) {
    const auto device = open();
    const auto a = device->random(32, soon());
    const auto b = device->random(32, soon());
    ASSERT_THAT(a, isOk());
    ASSERT_THAT(b, isOk());
    EXPECT_EQ(a->size(), 32U);
    EXPECT_NE(*a, *b);
}

}  // namespace
}  // namespace sallyport::hsm
