#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <chrono>

#include <atomic>

namespace sallyport::test {

/// Stands still until a test moves it. Thread-safe.
class TestClock final : public Clock {
  public:
    /// 2026-01-02T03:04:05Z, when a test does not care.
    explicit TestClock(Time at = timeFromMicros(1'767'323'045'000'000)) : micros_(micros(at)) {}

    Time now() const override { return timeFromMicros(micros_.load()); }

    void set(Time at) { micros_.store(micros(at)); }

    /// Back, if negative.
    void advance(Duration by) { micros_.fetch_add(by.count()); }

  private:
    std::atomic<std::int64_t> micros_;
};

/// The same bytes in every run: splitmix64 from a seed. Thread-safe.
class SequenceRandom final : public Random {
  public:
    explicit SequenceRandom(std::uint64_t seed = 1) : state_(seed * 0xd1342543de82ef95U) {}

    void fill(std::span<std::uint8_t> out) override {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (i % 8 == 0) word = next();
            out[i] = static_cast<std::uint8_t>(word >> (i % 8 * 8) & 0xffU);
        }
    }

  private:
    std::uint64_t next() {
        constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_.fetch_add(kStep) + kStep;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

    std::atomic<std::uint64_t> state_;
};

}  // namespace sallyport::test
