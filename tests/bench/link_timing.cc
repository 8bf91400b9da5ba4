#include "tests/support/sign_in_house.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

/// How far the times of a request for a link differ between a known and an unknown address,
/// interleaved on one machine in one run: medians and Cohen's d. A report, not a gate: what is
/// gated is equal work (tests/room/link_equal_work_test.cc).
namespace sallyport {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 2000;

struct Sample {
    std::vector<double> micros;

    double mean() const {
        double sum = 0;
        for (const double value : micros) sum += value;
        return sum / static_cast<double>(micros.size());
    }

    double variance() const {
        const double middle = mean();
        double sum = 0;
        for (const double value : micros) sum += (value - middle) * (value - middle);
        return sum / static_cast<double>(micros.size() - 1);
    }

    double median() {
        std::nth_element(micros.begin(), micros.begin() + kRounds / 2, micros.end());
        return micros[kRounds / 2];
    }
};

double timeOf(test::SignInHouse& h, const char* address) {
    test::TestBrowser browser{"192.0.2.1"};
    const auto begin = Clock::now();
    const auto issued = h.ask(browser, address);
    const auto end = Clock::now();
    SALLYPORT_ASSERT(issued.has_value());
    return std::chrono::duration<double, std::micro>(end - begin).count();
}

TEST(LinkTiming, knownAgainstUnknownAddress) {
    test::SignInHouse h(limit::Config{1000000, std::nullopt});
    h.house.addAccount("known@example.test");
    Sample known;
    Sample unknown;
    for (int i = 0; i < kRounds; ++i) {
        // Rows of one mailbox must not grow while those of the other do not.
        known.micros.push_back(timeOf(h, "known@example.test"));
        unknown.micros.push_back(timeOf(h, "nobody@example.test"));
        h.house.clock().advance(std::chrono::minutes(11));
        if (i % 50 == 0) h.deliver();
    }
    const double spread = std::sqrt((known.variance() + unknown.variance()) / 2);
    std::printf(
        "known: median %.0f us; unknown: median %.0f us; ratio %.3f; Cohen's d %.3f (%d pairs)\n",
        known.median(),
        unknown.median(),
        known.median() / unknown.median(),
        (known.mean() - unknown.mean()) / spread,
        kRounds);
}

}  // namespace
}  // namespace sallyport
