#include "base/clock.h"
#include "tests/support/fakes.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sallyport {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(Rfc3339, isUtcWithWholeSeconds) {
    const std::pair<std::int64_t, std::string_view> kTimes[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999'999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {1'709'251'199'000'000, "2024-02-29T23:59:59Z"},
        {1'709'251'200'000'000, "2024-03-01T00:00:00Z"},
        {1'795'428'120'000'000, "2026-11-23T10:02:00Z"},
        {253'402'300'799'999'999, "9999-12-31T23:59:59Z"},
    };
    for (const auto& [at, text] : kTimes) EXPECT_EQ(rfc3339(timeFromMicros(at)), text);
}

TEST(Time, keepsMicroseconds) {
    EXPECT_EQ(micros(timeFromMicros(1'795'428'120'123'456)), 1'795'428'120'123'456);
}

TEST(Deadline, passesAndNeverLeavesLessThanNothing) {
    EXPECT_TRUE(Deadline::after(-1s).passed());
    EXPECT_EQ(Deadline::after(-1s).remaining(), Duration::zero());
    const Deadline later = Deadline::after(1h);
    EXPECT_FALSE(later.passed());
    EXPECT_GT(later.remaining(), 59min);
    EXPECT_LE(later.remaining(), 1h);
}

TEST(SystemClock, isTheSystemsTime) {
    const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const Time now = SystemClock().now();
    const auto after = std::chrono::system_clock::now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, after);
}

class OffsetFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "sallyport-clock-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        path_ = directory_ / "offset";
    }

    void TearDown() override { fs::remove_all(directory_); }

    void write(std::string_view text) const { std::ofstream(path_) << text; }

    /// Seconds by which the clock runs ahead, to within a second.
    static std::int64_t ahead(const Clock& clock) {
        const auto difference = clock.now() - std::chrono::system_clock::now();
        return std::chrono::round<std::chrono::seconds>(difference).count();
    }

    fs::path directory_;
    fs::path path_;
};

TEST_F(OffsetFile, isNothingWhenAbsent) {
    EXPECT_EQ(ahead(OffsetFileClock(path_)), 0);
}

TEST_F(OffsetFile, isReadEachTime) {
    const OffsetFileClock clock(path_);
    write("600\n");
    EXPECT_EQ(ahead(clock), 600);
    write("-86400");
    EXPECT_EQ(ahead(clock), -86400);
    write("0\n");
    EXPECT_EQ(ahead(clock), 0);
    write("5");
    fs::remove(path_);
    EXPECT_EQ(ahead(clock), 0);
}

TEST_F(OffsetFile, leavesTheOffsetWhenItHoldsNoNumber) {
    const OffsetFileClock clock(path_);
    write("600");
    ASSERT_EQ(ahead(clock), 600);
    for (const std::string_view text : {"",
                                        "\n",
                                        "ten",
                                        "10s",
                                        "1.5",
                                        " 10",
                                        "+10",
                                        "1 2",
                                        "99999999999",
                                        "-99999999999",
                                        "99999999999999999999999"}) {
        write(text);
        EXPECT_EQ(ahead(clock), 600) << text;
    }
}

TEST(TestClock, standsStillUntilMoved) {
    test::TestClock clock;
    const Time start = clock.now();
    EXPECT_EQ(rfc3339(start), "2026-01-02T03:04:05Z");
    clock.advance(5min);
    EXPECT_EQ(clock.now() - start, 5min);
    clock.advance(-5min);
    EXPECT_EQ(clock.now(), start);
    clock.set(timeFromMicros(7));
    EXPECT_EQ(micros(clock.now()), 7);
}

TEST(TestClock, losesNoStepOfAnyThread) {
    test::TestClock clock(timeFromMicros(0));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&clock] {
            for (int step = 0; step < 1000; ++step) clock.advance(1us);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(micros(clock.now()), 4000);
}

}  // namespace
}  // namespace sallyport
