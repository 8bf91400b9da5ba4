#include "base/base64url.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <set>

namespace sallyport {
namespace {

using test::failsWith;
using test::isOkAndHolds;

struct Vector {
    std::string_view bytes;
    std::string_view text;
};

// RFC 4648 section 10, without padding, and what tells the two alphabets apart.
constexpr Vector kVectors[] = {
    {"", ""},
    {"f", "Zg"},
    {"fo", "Zm8"},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg"},
    {"fooba", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "-_-_"},
    {"\xff\xff\xff\xff", "_____w"},
};

TEST(Base64url, writesTheStandardsVectors) {
    for (const Vector& vector : kVectors) {
        EXPECT_EQ(base64url::encode(asBytes(vector.bytes)), vector.text);
    }
}

TEST(Base64url, readsTheStandardsVectors) {
    for (const Vector& vector : kVectors) {
        EXPECT_THAT(base64url::decode(vector.text, vector.bytes.size()),
                    isOkAndHolds(copyBytes(asBytes(vector.bytes))))
            << vector.text;
    }
}

TEST(Base64url, refusesASecondSpelling) {
    using namespace std::string_view_literals;
    const std::pair<const char*, std::string_view> kRefused[] = {
        {"padding", "Zg=="},
        {"padding of one", "Zm8="},
        {"padding inside", "Zg==Zg=="},
        {"only padding", "===="},
        {"alphabet of section 4", "+/+/"},
        {"space inside", "Zm 9"},
        {"space before", " Zm9v"},
        {"line end", "Zm9v\n"},
        {"NUL", "Zm\0"sv},
        {"byte above ASCII", "Zm\xc3\xa9"},
        {"dot", "Zm9v.Zm9"},
        {"one character", "Z"},
        {"one character over", "Zm9vY"},
        {"trailing bits, one byte", "Zh"},
        {"all trailing bits, one byte", "Zv"},
        {"trailing bits, two bytes", "Zm9"},
        {"all trailing bits, two bytes", "Zm_"},
    };
    for (const auto& [what, text] : kRefused) {
        EXPECT_THAT(base64url::decode(text, 100), failsWith(ErrorCode::kInvalidRequest)) << what;
    }
}

TEST(Base64url, acceptsExactlyTheAlphabetAndOneSpellingOfEachByte) {
    int accepted = 0;
    std::set<Bytes> values;
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const Bytes text = {static_cast<std::uint8_t>(first),
                                static_cast<std::uint8_t>(second)};
            const auto decoded = base64url::decode(asText(text), 1);
            if (!decoded.has_value()) continue;
            ++accepted;
            values.insert(*decoded);
        }
    }
    EXPECT_EQ(accepted, 256);
    EXPECT_EQ(values.size(), 256U);
}

TEST(Base64url, refusesMoreBytesThanAsked) {
    EXPECT_THAT(base64url::decode("Zm9v", 3), test::isOk());
    EXPECT_THAT(base64url::decode("Zm9v", 2), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(base64url::decode("Zg", 0), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(base64url::decode("", 0), isOkAndHolds(Bytes{}));
}

TEST(Base64url, readsWhatItWroteForEveryLength) {
    test::SequenceRandom random;
    for (std::size_t size = 0; size < 200; ++size) {
        Bytes bytes(size);
        random.fill(bytes);
        const std::string text = base64url::encode(bytes);
        EXPECT_EQ(text.size(), (size * 4 + 2) / 3);
        EXPECT_THAT(base64url::decode(text, size), isOkAndHolds(bytes));
    }
}

}  // namespace
}  // namespace sallyport
