#pragma once

#include "hsm/device.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <functional>
#include <memory>

/// What every device must do that stands behind the port. A binary that includes this says which:
/// `INSTANTIATE_TEST_SUITE_P(Token, DeviceConformance, testing::Values(DeviceFactory{…}));`
namespace sallyport::test {

/// A device without any key; whatever it needs lives as long as it.
struct DeviceFactory {
    std::string name;
    std::function<std::shared_ptr<hsm::Device>()> make;

    friend void PrintTo(const DeviceFactory& factory, std::ostream* out) { *out << factory.name; }
};

class DeviceConformance : public testing::TestWithParam<DeviceFactory> {
  protected:
    static constexpr hsm::KeyName kMacKey{hsm::KeyPurpose::kLinkMac, 1};
    static constexpr hsm::KeyName kOtherMacKey{hsm::KeyPurpose::kSealMac, 1};
    static constexpr hsm::KeyName kWrapKey{hsm::KeyPurpose::kPiiWrap, 1};

    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

    static Deadline past() { return Deadline(Deadline::Clock::now() - std::chrono::seconds(1)); }

    hsm::KeyIdentity make(const hsm::KeyName& key, hsm::KeyAlgorithm algorithm) {
        auto identity = device_->generate(key, algorithm, soon());
        EXPECT_THAT(identity, isOk());
        return identity ? *identity : hsm::KeyIdentity{};
    }

    hsm::KeyIdentity makeMac(const hsm::KeyName& key = kMacKey) {
        return make(key, hsm::KeyAlgorithm::kHmacSha256);
    }

    hsm::KeyIdentity makeWrap() { return make(kWrapKey, hsm::KeyAlgorithm::kAes256Gcm); }

    static hsm::KeyUse use(const hsm::KeyIdentity& identity) {
        return {identity.key, identity.fingerprint};
    }

    Result<std::vector<Digest>> mac(const hsm::KeyUse& with, std::string_view input) {
        return device_->macs({{with, copyBytes(asBytes(input))}}, soon());
    }

    Bytes spki(const hsm::KeyName& key) {
        const auto keys = device_->publicKeys(soon());
        if (!keys) return {};
        for (const auto& candidate : *keys) {
            if (candidate.key == key) return candidate.spki;
        }
        return {};
    }

    std::shared_ptr<hsm::Device> device_ = GetParam().make();
};

TEST_P(DeviceConformance, macsAreOfTheirKeyAndInputAndInOrder) {
    RecordProperty("requirement", "L-09");
    const auto one = use(makeMac());
    const auto two = use(makeMac(kOtherMacKey));
    const auto macs = device_->macs({{one, {1}}, {one, {2}}, {two, {1}}, {one, {1}}}, soon());
    ASSERT_THAT(macs, isOk());
    ASSERT_EQ(macs->size(), 4U);
    EXPECT_EQ((*macs)[0], (*macs)[3]);
    EXPECT_NE((*macs)[0], (*macs)[1]);
    EXPECT_NE((*macs)[0], (*macs)[2]);
}

TEST_P(DeviceConformance, noMacIsMadeOfWhatIsTooShortOrTooLong) {
    const auto key = use(makeMac());
    constexpr std::size_t kMost = std::size_t{64} * 1024;
    EXPECT_THAT(mac(key, std::string(kMost, 'x')), isOk());
    EXPECT_THAT(mac(key, std::string(kMost + 1, 'x')), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(mac(key, ""), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(device_->macs({{key, {1}}, {key, {}}}, soon()),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_P(DeviceConformance, aKeyThatIsMissingOrChangedIsNotUsed) {
    auto key = use(makeMac());
    EXPECT_THAT(mac({kOtherMacKey, key.fingerprint}, "x"), failsWith(ErrorCode::kIntegrity));
    key.fingerprint[31] ^= 1;
    EXPECT_THAT(mac(key, "x"), failsWith(ErrorCode::kIntegrity));
}

TEST_P(DeviceConformance, onlyTheRingMayBeUsed) {
    const auto one = makeMac();
    const auto two = makeMac(kOtherMacKey);
    ASSERT_THAT(device_->loadRing({one}, soon()), isOk());
    EXPECT_THAT(mac(use(one), "x"), isOk());
    EXPECT_THAT(mac(use(two), "x"), failsWith(ErrorCode::kIntegrity));
    ASSERT_THAT(device_->loadRing({one, two}, soon()), isOk());
    EXPECT_THAT(mac(use(two), "x"), isOk());
}

TEST_P(DeviceConformance, aRingWithAKeyThatIsNotThereIsRefusedByName) {
    const auto one = makeMac();
    auto other = one;
    other.key = kOtherMacKey;
    const auto missing = device_->loadRing({one, other}, soon());
    ASSERT_THAT(missing, failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(missing.error().detail, testing::HasSubstr("seal-mac"));
    auto changed = one;
    changed.fingerprint[0] ^= 1;
    EXPECT_THAT(device_->loadRing({changed}, soon()), failsWith(ErrorCode::kIntegrity));
    auto moved = one;
    moved.cka_id[0] ^= 1;
    EXPECT_THAT(device_->loadRing({moved}, soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_P(DeviceConformance, nothingIsDoneAfterTheDeadline) {
    const auto key = use(makeMac());
    EXPECT_THAT(device_->macs({{key, {1}}}, past()), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(device_->random(16, past()), failsWith(ErrorCode::kUnavailable));
}

TEST_P(DeviceConformance, whatIsEncryptedIsDecryptedOnlyWithItsKeyAndData) {
    const auto key = use(makeWrap());
    const Bytes aad{1, 2, 3};
    const Bytes plaintext(100, 7);
    const auto sealed = device_->encrypt(key, aad, plaintext, soon());
    ASSERT_THAT(sealed, isOk());
    EXPECT_EQ(sealed->ciphertext.size(), plaintext.size() + 16);
    EXPECT_THAT(device_->decrypt(key, aad, *sealed, soon()), isOkAndHolds(plaintext));

    EXPECT_THAT(device_->decrypt(key, Bytes{1, 2, 4}, *sealed, soon()),
                failsWith(ErrorCode::kInvalidRequest));
    hsm::Sealed flipped = *sealed;
    flipped.ciphertext.front() ^= 1;
    EXPECT_THAT(device_->decrypt(key, aad, flipped, soon()), failsWith(ErrorCode::kInvalidRequest));
    hsm::Sealed other_iv = *sealed;
    other_iv.iv.front() ^= 1;
    EXPECT_THAT(device_->decrypt(key, aad, other_iv, soon()),
                failsWith(ErrorCode::kInvalidRequest));
    hsm::Sealed cut = *sealed;
    cut.ciphertext.resize(15);
    EXPECT_THAT(device_->decrypt(key, aad, cut, soon()), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(device_->encrypt(key, aad, Bytes(4097, 0), soon()),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_P(DeviceConformance, everyEncryptionHasAnIvOfItsOwn) {
    const auto key = use(makeWrap());
    const auto one = device_->encrypt(key, {}, Bytes{1}, soon());
    const auto two = device_->encrypt(key, {}, Bytes{1}, soon());
    ASSERT_THAT(one, isOk());
    ASSERT_THAT(two, isOk());
    EXPECT_NE(one->iv, two->iv);
}

TEST_P(DeviceConformance, aKeyServesOnlyItsAlgorithm) {
    const auto mac_key = use(makeMac());
    const auto wrap_key = use(makeWrap());
    EXPECT_FALSE(mac(wrap_key, "x").has_value());
    EXPECT_FALSE(device_->encrypt(mac_key, {}, Bytes{1}, soon()).has_value());
    EXPECT_FALSE(device_->sign(mac_key, Bytes{1}, soon()).has_value());
}

TEST_P(DeviceConformance, signaturesVerifyWithThePublicKey) {
    struct Case {
        hsm::KeyName key;
        hsm::KeyAlgorithm algorithm;
        std::size_t size;
    };

    using enum hsm::KeyAlgorithm;
    for (const Case& sample : {Case{{hsm::KeyPurpose::kTokenSign, 2}, kRs256, 384},
                               Case{{hsm::KeyPurpose::kLogSign, 1}, kEd25519, 64}}) {
        const auto identity = make(sample.key, sample.algorithm);
        const Bytes message{1, 2, 3};
        const auto signature = device_->sign(use(identity), message, soon());
        ASSERT_THAT(signature, isOk()) << text(sample.key);
        EXPECT_EQ(signature->size(), sample.size);
        const Bytes der = spki(sample.key);
        EXPECT_EQ(sha256(der), identity.fingerprint);
        const std::uint8_t* at = der.data();
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
            d2i_PUBKEY(nullptr, &at, static_cast<int>(der.size())), EVP_PKEY_free);
        ASSERT_NE(key, nullptr);
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        const EVP_MD* digest = sample.algorithm == kEd25519 ? nullptr : EVP_sha256();
        ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()), 1);
        EXPECT_EQ(EVP_DigestVerify(context.get(),
                                   signature->data(),
                                   signature->size(),
                                   message.data(),
                                   message.size()),
                  1);
    }
}

TEST_P(DeviceConformance, ecdsaSignaturesAreFixedInSizeAndLow) {
    const auto key = use(make({hsm::KeyPurpose::kTokenSign, 1}, hsm::KeyAlgorithm::kEs256));
    for (std::uint8_t i = 0; i < 8; ++i) {
        const auto signature = device_->sign(key, Bytes{i}, soon());
        ASSERT_THAT(signature, isOk());
        ASSERT_EQ(signature->size(), 64U);
        EXPECT_LT((*signature)[32], 0x80) << "s is above half of the order";
    }
}

TEST_P(DeviceConformance, aNameIsGeneratedOnceAndDestroyedOnce) {
    const auto identity = makeMac();
    EXPECT_THAT(device_->generate(kMacKey, hsm::KeyAlgorithm::kHmacSha256, soon()),
                failsWith(ErrorCode::kConflict));
    auto other = identity;
    other.cka_id[0] ^= 1;
    EXPECT_THAT(device_->destroy(other, soon()), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(device_->destroy(identity, soon()), isOk());
    EXPECT_THAT(device_->destroy(identity, soon()), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(mac(use(identity), "x"), failsWith(ErrorCode::kIntegrity));
    EXPECT_NE(makeMac().fingerprint, identity.fingerprint);
}

TEST_P(DeviceConformance, theInventoryNamesEveryKeyAsItWasGenerated) {
    const auto one = makeMac();
    const auto two = makeWrap();
    const auto inventory = device_->inventory(soon());
    ASSERT_THAT(inventory, isOk());
    ASSERT_EQ(inventory->keys.size(), 2U);
    for (const auto& entry : inventory->keys) {
        EXPECT_EQ(entry.identity, entry.identity.key == one.key ? one : two);
        EXPECT_THAT(entry.violations, testing::IsEmpty());
    }
}

TEST_P(DeviceConformance, randomIsOfTheSizeThatWasAskedFor) {
    const auto one = device_->random(32, soon());
    const auto two = device_->random(32, soon());
    ASSERT_THAT(one, isOk());
    EXPECT_EQ(one->size(), 32U);
    EXPECT_NE(*one, *two);
    EXPECT_THAT(device_->random(1025, soon()), failsWith(ErrorCode::kInvalidRequest));
}

TEST_P(DeviceConformance, aDeviceThatAnswersIsServing) {
    EXPECT_EQ(device_->health().state, hsm::Health::State::kServing);
}

}  // namespace sallyport::test
