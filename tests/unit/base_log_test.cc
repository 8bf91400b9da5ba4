#include "base/json.h"
#include "base/log.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace sallyport {
namespace {

static_assert(!std::is_constructible_v<Log::Field, std::string_view, const Secret&>);
static_assert(!std::is_constructible_v<Log::Field, std::string_view, Secret>);

class LogTest : public testing::Test {
  protected:
    Log::Sink sink() {
        return [this](std::string_view line) { lines_.emplace_back(line); };
    }

    test::TestClock clock_;
    test::SequenceRandom random_;
    std::vector<std::string> lines_;
};

TEST_F(LogTest, isOneObjectALine) {
    Log log(clock_, sink());
    log.info("mail.sent", {{"template", "link"}, {"attempts", 2}, {"size", std::int64_t{-1}}});
    log.warning("mail.late");
    log.error("mail.lost");
    EXPECT_THAT(lines_,
                testing::ElementsAre(
                    R"({"at":"2026-01-02T03:04:05Z","level":"info","event":"mail.sent",)"
                    R"("template":"link","attempts":2,"size":-1})",
                    R"({"at":"2026-01-02T03:04:05Z","level":"warning","event":"mail.late"})",
                    R"({"at":"2026-01-02T03:04:05Z","level":"error","event":"mail.lost"})"));
}

TEST_F(LogTest, leavesOutWhatIsBelowItsLevel) {
    Log quiet(clock_, sink(), Log::Level::kWarning);
    quiet.write(Log::Level::kDebug, "no");
    quiet.info("no");
    quiet.warning("yes");
    Log log(clock_, sink());
    log.write(Log::Level::kDebug, "no");
    Log loud(clock_, sink(), Log::Level::kDebug);
    loud.write(Log::Level::kDebug, "yes");
    ASSERT_EQ(lines_.size(), 2U);
    for (const std::string& line : lines_) EXPECT_THAT(line, testing::HasSubstr("yes"));
}

TEST_F(LogTest, writesAFailureAsCodeAndDetail) {
    Log log(clock_, sink());
    log.failure("row.read", fail(ErrorCode::kIntegrity, "seal of accounts"));
    EXPECT_THAT(lines_.at(0),
                testing::HasSubstr(
                    R"("event":"row.read","code":"integrity","detail":"seal of accounts"})"));
}

TEST_F(LogTest, escapesWhateverCouldSteerItsReader) {
    using namespace std::string_view_literals;
    const std::pair<std::string_view, std::string_view> kValues[] = {
        {"a\nb\r\t", R"(a\nb\r\t)"},
        {"quote\" back\\", R"(quote\" back\\)"},
        {"\x1b[2J\0"sv, R"(\u001b[2J\u0000)"},
        {"\x7f", R"(\u007f)"},
        {"\xc2\x9b", R"(\u009b)"},      // C1: one-byte CSI
        {"\xe2\x80\xae", R"(\u202e)"},  // right-to-left override
        {"\xe2\x80\xa8", R"(\u2028)"},  // line separator
        {"\xc3\xa9", R"(\u00e9)"},
        {"\xf0\x9f\x98\x80", R"(\ud83d\ude00)"},
        {"\xff", R"(\ufffd)"},
    };
    Log log(clock_, sink());
    for (const auto& [value, escaped] : kValues) {
        lines_.clear();
        log.info("x", {{"v", value}});
        EXPECT_EQ(lines_.at(0),
                  R"({"at":"2026-01-02T03:04:05Z","level":"info","event":"x","v":")" +
                      std::string(escaped) + "\"}");
    }
}

TEST_F(LogTest, anyBytesGiveOnePrintableObject) {
    Log log(clock_, sink());
    for (int i = 0; i < 300; ++i) {
        Bytes bytes(static_cast<std::size_t>(i) % 40);
        random_.fill(bytes);
        log.info(asText(bytes), {{"f", asText(bytes)}});
        const std::string& line = lines_.back();
        EXPECT_TRUE(
            std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
        EXPECT_THAT(Json::parse(line), test::isOk());
    }
}

TEST_F(LogTest, carriesTheTraceOfItsThread) {
    Log log(clock_, sink());
    EXPECT_EQ(TraceScope::current(), "");
    {
        const TraceScope outer(random_);
        const std::string trace(TraceScope::current());
        EXPECT_THAT(trace, testing::MatchesRegex("[0-9a-f]{16}"));
        log.info("x");
        EXPECT_THAT(lines_.back(), testing::HasSubstr(R"("event":"x","trace":")" + trace + '"'));
        {
            const TraceScope inner(random_);
            EXPECT_NE(TraceScope::current(), trace);
        }
        EXPECT_EQ(TraceScope::current(), trace);
        std::thread([] { EXPECT_EQ(TraceScope::current(), ""); }).join();
    }
    EXPECT_EQ(TraceScope::current(), "");
    log.info("x");
    EXPECT_THAT(lines_.back(), testing::Not(testing::HasSubstr("trace")));
}

TEST_F(LogTest, callsItsSinkOneAtATime) {
    Log log(clock_, sink());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&log] {
            for (int line = 0; line < 100; ++line) log.info("x", {{"line", line}});
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(lines_.size(), 400U);
}

TEST(StandardErrorSink, endsTheLine) {
    testing::internal::CaptureStderr();
    standardErrorSink()("{}");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "{}\n");
}

}  // namespace
}  // namespace sallyport
