#include "hsm/lanes.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace sallyport::hsm {
namespace {

using test::failsWith;
using test::isOkAndHolds;

Deadline soon() {
    return Deadline::after(std::chrono::seconds(30));
}

Deadline atOnce() {
    return Deadline::after(std::chrono::milliseconds(20));
}

/// Before a test ends: its work refers to its stack.
bool finish(Lanes& lanes) {
    return lanes.stop(std::chrono::minutes(1));
}

/// Work that hangs until it is let go.
struct Hang {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::promise<void> started;

    std::function<Result<int>(Worker&)> work() {
        return [this](Worker&) -> Result<int> {
            started.set_value();
            released.wait();
            return 1;
        };
    }
};

TEST(Lanes, giveBackWhatTheWorkAnswers) {
    Lanes lanes({2, 8});
    EXPECT_THAT(lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 7; }), isOkAndHolds(7));
    EXPECT_THAT(
        lanes.run<int>(soon(),
                       [](Worker&) -> Result<int> { return fail(ErrorCode::kIntegrity, "x"); }),
        failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(
        lanes.run<int>(soon(), [](Worker&) -> Result<int> { throw std::runtime_error("x"); }),
        failsWith(ErrorCode::kInternal));
    EXPECT_THAT(lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 8; }), isOkAndHolds(8));
}

TEST(Lanes, aCallReturnsAtItsDeadlineWhileItsWorkHangs) {
    Hang hang;
    Lanes lanes({1, 8});
    EXPECT_THAT(lanes.run<int>(atOnce(), hang.work()), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(lanes.state().hung, 1U);
    // The next one waits for a lane and leaves the queue at its own deadline.
    EXPECT_THAT(lanes.run<int>(atOnce(), [](Worker&) -> Result<int> { return 2; }),
                failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(lanes.state().waiting, 0U);
    hang.release.set_value();
    EXPECT_THAT(lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 3; }), isOkAndHolds(3));
    EXPECT_EQ(lanes.state().hung, 0U);
    EXPECT_TRUE(finish(lanes));
}

TEST(Lanes, otherLanesGoOnWhileOneHangs) {
    Hang hang;
    Lanes lanes({2, 8});
    EXPECT_THAT(lanes.run<int>(atOnce(), hang.work()), failsWith(ErrorCode::kUnavailable));
    for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(lanes.run<int>(soon(), [i](Worker&) -> Result<int> { return i; }),
                    isOkAndHolds(i));
    }
    hang.release.set_value();
    EXPECT_TRUE(finish(lanes));
}

TEST(Lanes, aFullQueueIsRefusedAtOnce) {
    Hang hang;
    Lanes lanes({1, 1});
    auto first =
        std::async(std::launch::async, [&] { return lanes.run<int>(soon(), hang.work()); });
    hang.started.get_future().wait();
    auto second = std::async(std::launch::async, [&] {
        return lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 2; });
    });
    while (lanes.state().waiting == 0) std::this_thread::yield();
    const auto before = Deadline::Clock::now();
    EXPECT_THAT(lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 3; }),
                failsWith(ErrorCode::kUnavailable));
    EXPECT_LT(Deadline::Clock::now() - before, std::chrono::seconds(5));
    hang.release.set_value();
    EXPECT_THAT(first.get(), isOkAndHolds(1));
    EXPECT_THAT(second.get(), isOkAndHolds(2));
    EXPECT_TRUE(finish(lanes));
}

TEST(Lanes, stopWaitsForWhatRunsAndRefusesMore) {
    Hang hang;
    Lanes lanes({1, 8});
    EXPECT_THAT(lanes.run<int>(atOnce(), hang.work()), failsWith(ErrorCode::kUnavailable));
    hang.release.set_value();
    EXPECT_TRUE(finish(lanes));
    EXPECT_THAT(lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 1; }),
                failsWith(ErrorCode::kUnavailable));
}

TEST(Lanes, stopLeavesAHungThreadBehind) {
    // On the heap and kept by the work: the thread outlives the lanes.
    auto hang = std::make_shared<Hang>();
    auto ended = std::make_shared<std::promise<void>>();
    {
        Lanes lanes({1, 8});
        auto work = [hang, ended](Worker& worker) -> Result<int> {
            auto answer = hang->work()(worker);
            ended->set_value();
            return answer;
        };
        EXPECT_THAT(lanes.run<int>(atOnce(), work), failsWith(ErrorCode::kUnavailable));
        EXPECT_FALSE(lanes.stop(Duration::zero()));
    }
    hang->release.set_value();
    ended->get_future().wait();
}

TEST(Lanes, serveManyThreads) {
    Lanes lanes({3, 256});
    std::atomic<int> sum{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 8; ++t) {
        callers.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                const auto answer =
                    lanes.run<int>(soon(), [](Worker&) -> Result<int> { return 1; });
                if (answer.has_value()) sum += *answer;
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(sum, 1600);
    EXPECT_TRUE(finish(lanes));
}

}  // namespace
}  // namespace sallyport::hsm
