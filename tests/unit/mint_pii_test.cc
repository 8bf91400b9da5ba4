#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

namespace sallyport::mint {
namespace {

using test::failsWith;
using test::isOk;
using test::MintFixture;

class MintPii : public testing::Test {
  protected:
    static constexpr FixedBytes<16> kOwner{1, 2, 3};

    static Secret part(std::uint8_t byte = 9) {
        const Digest bytes = test::digestOf(byte);
        return Secret(ByteView(bytes));
    }

    Result<EncryptedPii> encrypt(std::string_view plaintext, Secret with = part()) {
        return mint::ask<EncryptedPii>(
            fixture_.mint(),
            EncryptPii{PiiUse::kAddress, kOwner, std::move(with), Secret(plaintext)},
            MintFixture::soon());
    }

    /// The plaintext, or `refused`, or the code of an error.
    std::string decrypt(const EncryptedPii& pii,
                        Secret with = part(),
                        FixedBytes<16> owner = kOwner) {
        const auto answer = mint::ask<DecryptedPii>(
            fixture_.mint(),
            DecryptPii{PiiUse::kAddress, owner, std::move(with), pii.generation, pii.ciphertext},
            MintFixture::soon());
        if (!answer) return std::string(name(answer.error().code));
        return answer->plaintext ? std::string(answer->plaintext->exposeText()) : "refused";
    }

    MintFixture fixture_;
};

TEST_F(MintPii, comesBackWithTheOwnersPart) {
    for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 128U, 320U}) {
        const std::string plaintext(size, 'a');
        const auto encrypted = encrypt(plaintext);
        ASSERT_THAT(encrypted, isOk()) << size;
        EXPECT_EQ(encrypted->generation, MintFixture::kGeneration);
        EXPECT_EQ(decrypt(*encrypted), plaintext);
    }
    EXPECT_THAT(encrypt(std::string(321, 'a')), failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(MintPii, doesNotTellItsLength) {
    const auto size_of = [&](std::size_t length) {
        const auto encrypted = encrypt(std::string(length, 'a'));
        return encrypted ? encrypted->ciphertext.size() : 0;
    };
    EXPECT_EQ(size_of(3), size_of(64));
    EXPECT_EQ(size_of(65), size_of(128));
    EXPECT_EQ(size_of(129), size_of(320));
    EXPECT_NE(size_of(64), size_of(65));
}

TEST_F(MintPii, isNoiseWithoutThePartTheOwnerOrTheGeneration) {
    const auto encrypted = encrypt("ada@example.test");
    ASSERT_THAT(encrypted, isOk());
    EXPECT_EQ(decrypt(*encrypted, part(8)), "refused");
    EXPECT_EQ(decrypt(*encrypted, Secret()), "refused");
    EXPECT_EQ(decrypt(*encrypted, part(), FixedBytes<16>{1, 2, 4}), "refused");
    EncryptedPii other = *encrypted;
    other.generation = 8;
    EXPECT_EQ(decrypt(other), "refused");
}

TEST_F(MintPii, everyByteIsBound) {
    const auto encrypted = encrypt("ada@example.test");
    ASSERT_THAT(encrypted, isOk());
    for (std::size_t i = 0; i < encrypted->ciphertext.size(); ++i) {
        EncryptedPii flipped = *encrypted;
        flipped.ciphertext[i] ^= 1;
        EXPECT_EQ(decrypt(flipped), "refused") << i;
    }
    EncryptedPii cut = *encrypted;
    cut.ciphertext.resize(12);
    EXPECT_EQ(decrypt(cut), "refused");
    cut.ciphertext.clear();
    EXPECT_EQ(decrypt(cut), "refused");
}

TEST_F(MintPii, theSameTwiceLooksDifferent) {
    const auto one = encrypt("ada@example.test");
    const auto two = encrypt("ada@example.test");
    ASSERT_THAT(one, isOk());
    ASSERT_THAT(two, isOk());
    EXPECT_NE(one->ciphertext, two->ciphertext);
}

TEST_F(MintPii, aPartHas32Bytes) {
    EXPECT_THAT(encrypt("x", Secret("short")), failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(MintPii, aDeviceThatIsGoneIsNoWrongCiphertext) {
    const auto encrypted = encrypt("x");
    ASSERT_THAT(encrypted, isOk());
    fixture_.fake.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_EQ(decrypt(*encrypted), "unavailable");
}

}  // namespace
}  // namespace sallyport::mint
