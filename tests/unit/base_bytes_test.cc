#include "base/bytes.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Hex, isLowerCase) {
    EXPECT_EQ(toHex(Bytes{}), "");
    EXPECT_EQ(toHex(Bytes{0x00, 0x0f, 0xf0, 0xab, 0xff}), "000ff0abff");
}

TEST(ByteViews, seeTextAsItIs) {
    const std::string text("a\0\xff", 3);
    EXPECT_EQ(copyBytes(asBytes(text)), (Bytes{'a', 0, 0xff}));
    EXPECT_EQ(asText(asBytes(text)), text);
}

TEST(ConstantTimeEquals, comparesLengthAndEveryByte) {
    const Bytes bytes(32, 0x5a);
    EXPECT_TRUE(constantTimeEquals(bytes, Bytes(32, 0x5a)));
    EXPECT_TRUE(constantTimeEquals(Bytes{}, Bytes{}));
    EXPECT_FALSE(constantTimeEquals(bytes, Bytes(31, 0x5a)));
    EXPECT_FALSE(constantTimeEquals(bytes, Bytes{}));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        Bytes other = bytes;
        other[i] ^= 0x80;
        EXPECT_FALSE(constantTimeEquals(bytes, other)) << i;
    }
}

// FIPS 180-4's examples.
TEST(Sha256, givesTheStandardsDigests) {
    const std::pair<std::string, std::string_view> kVectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {std::string(1'000'000, 'a'),
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const auto& [message, digest] : kVectors) {
        EXPECT_EQ(toHex(sha256(asBytes(message))), digest);
    }
    EXPECT_EQ(toHex(sha256(ByteView())), kVectors[0].second);
}

}  // namespace
}  // namespace sallyport
