#include "app/suggestion.h"
#include "app/units.h"
#include "tests/support/matchers.h"

#include <array>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOkAndHolds;

TEST(Duration, isANumberAndAUnit) {
    EXPECT_THAT(parseDuration("500ms"), isOkAndHolds(Duration(std::chrono::milliseconds(500))));
    EXPECT_THAT(parseDuration("2s"), isOkAndHolds(Duration(std::chrono::seconds(2))));
    EXPECT_THAT(parseDuration("10m"), isOkAndHolds(Duration(std::chrono::minutes(10))));
    EXPECT_THAT(parseDuration("1h"), isOkAndHolds(Duration(std::chrono::hours(1))));
    EXPECT_THAT(parseDuration("90d"), isOkAndHolds(Duration(std::chrono::hours(90 * 24))));
    EXPECT_THAT(parseDuration("0s"), isOkAndHolds(Duration(0)));
}

TEST(Duration, anythingElseIsRefused) {
    for (const char* text : {"",
                             "m",
                             "10",
                             "-1s",
                             "+1s",
                             " 1s",
                             "1 s",
                             "1s ",
                             "1.5s",
                             "1M",
                             "1w",
                             "1m30s",
                             "36526d",
                             "99999999999999999999s",
                             "9223372036854775807ms"}) {
        EXPECT_THAT(parseDuration(text), failsWith(ErrorCode::kInvalidRequest)) << text;
    }
}

TEST(Duration, isWrittenInItsLargestUnit) {
    EXPECT_EQ(durationText(std::chrono::minutes(10)), "10m");
    EXPECT_EQ(durationText(std::chrono::seconds(90)), "90s");
    EXPECT_EQ(durationText(std::chrono::hours(48)), "2d");
    EXPECT_EQ(durationText(std::chrono::milliseconds(100)), "100ms");
    EXPECT_EQ(durationText(Duration(0)), "0ms");
}

constexpr std::array<std::string_view, 4> kNames{"listen", "workers", "queue", "keep_alive"};

TEST(Suggestion, isTheNearestName) {
    EXPECT_EQ(nearest("worker", kNames), "workers");
    EXPECT_EQ(nearest("lisetn", kNames), "listen");
    EXPECT_EQ(nearest("keepalive", kNames), "keep_alive");
    EXPECT_EQ(nearest("listen", kNames), "listen");
}

TEST(Suggestion, isEmptyWhenNothingIsNear) {
    EXPECT_EQ(nearest("frobnicate", kNames), "");
    EXPECT_EQ(nearest("", kNames), "");
    EXPECT_EQ(nearest(std::string(1000, 'a'), kNames), "");
}

}  // namespace
}  // namespace sallyport::app
