#include "base/aead.h"
#include "tests/support/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sallyport {
namespace {

Bytes fromHex(std::string_view hex) {
    Bytes bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int value = std::stoi(std::string(hex.substr(i, 2)), nullptr, 16);
        bytes.push_back(static_cast<std::uint8_t>(value));
    }
    return bytes;
}

/// Gives the iv of a test vector.
class GivenRandom final : public Random {
  public:
    explicit GivenRandom(Bytes bytes) : bytes_(std::move(bytes)) {}

    void fill(std::span<std::uint8_t> out) override {
        ASSERT_EQ(out.size(), bytes_.size());
        std::copy(bytes_.begin(), bytes_.end(), out.begin());
    }

  private:
    Bytes bytes_;
};

struct Vector {
    const char* what;
    std::string_view key;
    std::string_view iv;
    std::string_view aad;
    std::string_view plaintext;
    std::string_view ciphertext;
    std::string_view tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
constexpr Vector kVectors[] = {
    {"case 13",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000",
     "",
     "",
     "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"case 14",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000",
     "",
     "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"case 16",
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, givesTheVectorsOfItsAuthors) {
    for (const Vector& vector : kVectors) {
        const Secret key(fromHex(vector.key));
        GivenRandom random(fromHex(vector.iv));
        const Bytes sealed =
            aead::encrypt(key, fromHex(vector.aad), fromHex(vector.plaintext), random);
        EXPECT_EQ(toHex(sealed),
                  std::string(vector.iv) + std::string(vector.ciphertext) + std::string(vector.tag))
            << vector.what;
        const auto opened = aead::decrypt(key, fromHex(vector.aad), sealed);
        ASSERT_TRUE(opened.has_value()) << vector.what;
        EXPECT_EQ(toHex(opened->expose()), vector.plaintext) << vector.what;
    }
}

class AeadOfARow : public testing::Test {
  protected:
    test::SequenceRandom random_;
    Secret key_{ByteView(random_.bytes<aead::kKeySize>())};
    Bytes aad_ = copyBytes(asBytes("account"));
    Bytes sealed_ = aead::encrypt(key_, aad_, asBytes("ada@example.org"), random_);
};

TEST_F(AeadOfARow, refusesAnyChangedBit) {
    ASSERT_TRUE(aead::decrypt(key_, aad_, sealed_).has_value());
    for (std::size_t bit = 0; bit < sealed_.size() * 8; ++bit) {
        Bytes changed = sealed_;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(aead::decrypt(key_, aad_, changed).has_value()) << bit;
    }
}

TEST_F(AeadOfARow, refusesAnyOtherLength) {
    for (std::size_t size = 0; size < sealed_.size(); ++size) {
        EXPECT_FALSE(aead::decrypt(key_, aad_, ByteView(sealed_).first(size)).has_value()) << size;
    }
    Bytes longer = sealed_;
    longer.push_back(0);
    EXPECT_FALSE(aead::decrypt(key_, aad_, longer).has_value());
    EXPECT_FALSE(aead::decrypt(key_, aad_, Bytes(2'000'000)).has_value());
}

TEST_F(AeadOfARow, refusesAnotherKeyOrOwner) {
    const Secret other(ByteView(random_.bytes<aead::kKeySize>()));
    EXPECT_FALSE(aead::decrypt(other, aad_, sealed_).has_value());
    EXPECT_FALSE(aead::decrypt(key_, asBytes("accounts"), sealed_).has_value());
    EXPECT_FALSE(aead::decrypt(key_, {}, sealed_).has_value());
}

TEST_F(AeadOfARow, hasAFreshIvEachTime) {
    const Bytes again = aead::encrypt(key_, aad_, asBytes("ada@example.org"), random_);
    EXPECT_NE(toHex(ByteView(again).first(12)), toHex(ByteView(sealed_).first(12)));
    EXPECT_NE(again, sealed_);
}

TEST(AeadDeathTest, wantsAKeyOf32Bytes) {
    test::SequenceRandom random;
    const Secret key(ByteView(random.bytes<16>()));
    EXPECT_DEATH(aead::encrypt(key, {}, {}, random), "invariant broken");
    EXPECT_DEATH(static_cast<void>(aead::decrypt(key, {}, Bytes(28))), "invariant broken");
}

}  // namespace
}  // namespace sallyport
