#include "base/ids.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <set>
#include <type_traits>

namespace sallyport {
namespace {

using test::failsWith;
using test::isOkAndHolds;

static_assert(!std::is_convertible_v<AccountId, LinkId>);
static_assert(!std::is_constructible_v<AccountId, LinkId>);

AccountId counting() {
    AccountId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
    return id;
}

TEST(Id, isWrittenAsBase64url) {
    EXPECT_EQ(counting().text(), "AAECAwQFBgcICQoLDA0ODw");
}

TEST(Id, isReadFromItsBytesAndText) {
    EXPECT_THAT(AccountId::fromBytes(counting().bytes), isOkAndHolds(counting()));
    EXPECT_THAT(AccountId::fromText("AAECAwQFBgcICQoLDA0ODw"), isOkAndHolds(counting()));
}

TEST(Id, refusesAnyOtherSize) {
    for (const std::size_t size : {0U, 1U, 15U, 17U, 32U}) {
        const Bytes bytes(size, 1);
        EXPECT_THAT(AccountId::fromBytes(bytes), failsWith(ErrorCode::kInvalidRequest)) << size;
        EXPECT_THAT(AccountId::fromText(base64url::encode(bytes)),
                    failsWith(ErrorCode::kInvalidRequest))
            << size;
    }
}

TEST(Id, refusesASecondSpelling) {
    for (const std::string_view text : {"AAECAwQFBgcICQoLDA0ODx",    // trailing bits
                                        "AAECAwQFBgcICQoLDA0ODw==",  // padding
                                        "AAECAwQFBgcICQoLDA0OD/",
                                        " AAECAwQFBgcICQoLDA0ODw"}) {
        EXPECT_THAT(AccountId::fromText(text), failsWith(ErrorCode::kInvalidRequest)) << text;
    }
}

TEST(Id, comparesByItsBytes) {
    AccountId other = counting();
    EXPECT_EQ(other, counting());
    other.bytes[15] ^= 1;
    EXPECT_NE(other, counting());
    EXPECT_LT(AccountId{}, counting());
}

TEST(Id, isRandom) {
    SystemRandom random;
    std::set<LinkId> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(LinkId::random(random));
    EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace sallyport
