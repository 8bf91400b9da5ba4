#include "fido/cbor.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/cbor.h"

#include <gtest/gtest.h>

#include <limits>

namespace sallyport {

namespace {

using fido::cbor::Item;
using test::failsWith;
using test::isOk;
using test::cbor::Writer;

constexpr ErrorCode kInvalid = ErrorCode::kInvalidRequest;

struct Named {
    const char* name;
    Bytes bytes;
};

TEST(CborItem, refusesWhatCtapForbids) {
    const std::vector<Named> cases = {
        {"nothing", {}},
        {"indefinite bytes", {0x5f, 0x41, 0x00, 0xff}},
        {"indefinite map", {0xbf, 0xff}},
        {"a break alone", {0xff}},
        {"reserved length", {0x1c}},
        {"a tag", {0xc1, 0x00}},
        {"undefined", {0xf7}},
        {"a half float", {0xf9, 0x00, 0x00}},
        {"a double", {0xfb, 0, 0, 0, 0, 0, 0, 0, 0}},
        {"a simple value of a byte", {0xf8, 0xff}},
        {"an unassigned simple value", {0xe0}},
        {"a number in two bytes that fits one", {0x18, 0x17}},
        {"a number in three bytes that fits two", {0x19, 0x00, 0xff}},
        {"a number in five bytes that fits three", {0x1a, 0x00, 0x00, 0xff, 0xff}},
        {"a number in nine bytes that fits five", {0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
        {"a head cut short", {0x19, 0x01}},
        {"bytes cut short", {0x42, 0x00}},
        {"text cut short", {0x62, 'a'}},
        {"array cut short", {0x82, 0x00}},
        {"map cut short", {0xa1, 0x00}},
        {"an array of 2^64-1", {0x9b, 255, 255, 255, 255, 255, 255, 255, 255}},
        {"bytes of 2^64-1", {0x5b, 255, 255, 255, 255, 255, 255, 255, 255}},
        {"text that is not UTF-8", {0x61, 0xff}},
        {"a duplicate key", {0xa2, 0x01, 0x00, 0x01, 0x00}},
        {"a duplicate text key", {0xa2, 0x61, 'a', 0x00, 0x61, 'a', 0x01}},
        {"a duplicate key inside", {0x81, 0xa2, 0x01, 0x00, 0x01, 0x00}},
        {"bytes as key", {0xa1, 0x41, 0x00, 0x00}},
        {"an array as key", {0xa1, 0x80, 0x00}},
        {"five arrays", {0x81, 0x81, 0x81, 0x81, 0x80}},
        {"five maps", {0xa1, 0x01, 0xa1, 0x01, 0xa1, 0x01, 0xa1, 0x01, 0xa0}},
        {"a byte behind", {0x00, 0x00}},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(Item::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

TEST(CborItem, takesWhatIsAllowed) {
    const std::vector<Named> cases = {
        {"zero", {0x00}},
        {"24 in two bytes", {0x18, 0x18}},
        {"256 in three bytes", {0x19, 0x01, 0x00}},
        {"2^16 in five bytes", {0x1a, 0x00, 0x01, 0x00, 0x00}},
        {"2^32 in nine bytes", {0x1b, 0, 0, 0, 1, 0, 0, 0, 0}},
        {"null", {0xf6}},
        {"four arrays", {0x81, 0x81, 0x81, 0x80}},
        {"one as number, text and negative", {0xa3, 0x01, 0x00, 0x61, '1', 0x00, 0x20, 0x00}},
        {"keys in any order", {0xa2, 0x02, 0x00, 0x01, 0x00}},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(Item::parse(each.bytes), isOk()) << each.name;
    }
}

Item itemOf(const Bytes& bytes) {
    return Item::parse(bytes).value();
}

TEST(CborItem, readsValues) {
    const Bytes least = {0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255};
    const Bytes beyond = {0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0};
    const Bytes large = {0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(itemOf(least).integer().value(), std::numeric_limits<std::int64_t>::min());
    EXPECT_THAT(itemOf(beyond).integer(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(large).integer(), failsWith(kInvalid));
    const Bytes yes = {0xf5};
    const Bytes no = {0xf4};
    EXPECT_EQ(itemOf(yes).boolean().value(), true);
    EXPECT_EQ(itemOf(no).boolean().value(), false);
    const Bytes map = Writer().map(2).text("a").integer(1).integer(-1).text("b").done();
    const auto read = itemOf(map).map().value();
    EXPECT_EQ(read.size(), 2U);
    EXPECT_EQ(read.at("a").value().integer().value(), 1);
    EXPECT_EQ(read.at(-1).value().text().value(), "b");
    EXPECT_THAT(read.at("b"), failsWith(kInvalid));
    EXPECT_THAT(read.at(1), failsWith(kInvalid));
    const Bytes array = Writer().array(2).bytes({7}).boolean(false).done();
    const auto items = itemOf(array).array().value();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(copyBytes(items[0].bytes().value()), Bytes{7});
}

TEST(CborItem, refusesToReadOneKindAsAnother) {
    const Bytes number = {0x01};
    const Bytes text = {0x61, 'a'};
    const Bytes bytes = {0x41, 'a'};
    const Bytes null = {0xf6};
    EXPECT_THAT(itemOf(text).integer(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(text).bytes(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(bytes).text(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).boolean(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(null).boolean(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).array(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).map(), failsWith(kInvalid));
}

TEST(CborItem, takesOneItemAndLeavesTheRest) {
    const Bytes bytes = {0x41, 0x07, 0x02};
    ByteView rest = bytes;
    EXPECT_EQ(copyBytes(Item::take(rest).value().encoded()), (Bytes{0x41, 0x07}));
    EXPECT_EQ(copyBytes(rest), Bytes{0x02});
}

}  // namespace

}  // namespace sallyport
