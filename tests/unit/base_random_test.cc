#include "base/random.h"
#include "tests/support/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

namespace sallyport {
namespace {

TEST(SystemRandom, fillsEveryByte) {
    SystemRandom random;
    // A byte that stays 0 in 16 fills is missed with a chance of 2^-128.
    for (const std::size_t size : {1U, 7U, 32U, 100U}) {
        Bytes seen(size, 0);
        for (int i = 0; i < 16; ++i) {
            Bytes bytes(size, 0);
            random.fill(bytes);
            for (std::size_t at = 0; at < size; ++at) seen[at] |= bytes[at];
        }
        EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0) << size;
    }
}

TEST(SystemRandom, takesAnEmptySpan) {
    SystemRandom random;
    random.fill({});
}

TEST(SystemRandom, givesThreadsDifferentBytes) {
    SystemRandom random;
    std::vector<FixedBytes<16>> drawn(400);
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 4; ++first) {
        threads.emplace_back([&random, &drawn, first] {
            for (std::size_t i = first; i < drawn.size(); i += 4) drawn[i] = random.bytes<16>();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::set(drawn.begin(), drawn.end()).size(), drawn.size());
}

TEST(SequenceRandom, isTheSameInEveryRun) {
    test::SequenceRandom first;
    test::SequenceRandom second;
    test::SequenceRandom other(2);
    const auto drawn = first.bytes<20>();
    EXPECT_EQ(drawn, second.bytes<20>());
    EXPECT_NE(drawn, other.bytes<20>());
    EXPECT_NE(drawn, first.bytes<20>());
}

}  // namespace
}  // namespace sallyport
