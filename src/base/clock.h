#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>

#include <atomic>
#include <string>

namespace sallyport {

/// A point in UTC, in microseconds: what rows, tokens and events hold.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

inline std::int64_t micros(Time time) {
    return time.time_since_epoch().count();
}

inline Time timeFromMicros(std::int64_t value) {
    return Time(Duration(value));
}

/// RFC 3339 in UTC with seconds: `2026-11-23T10:02:00Z`.
std::string rfc3339(Time time);

/// Until when a caller will wait; monotonic.
class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Deadline(Clock::time_point at) : at_(at) {}

    static Deadline after(Duration duration) { return Deadline(Clock::now() + duration); }

    Clock::time_point at() const { return at_; }

    bool passed() const { return Clock::now() >= at_; }

    /// Zero when passed.
    Duration remaining() const {
        const auto left = std::chrono::duration_cast<Duration>(at_ - Clock::now());
        return left.count() > 0 ? left : Duration::zero();
    }

  private:
    Clock::time_point at_;
};

/// Wall-clock time through a port, so that a test can be at any time. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
};

class SystemClock final : public Clock {
  public:
    Time now() const override;
};

/// System time plus the seconds written in a file (a decimal number, may be negative): profile
/// `dev` on loopback only. The file is read at each now(); absent means 0, and what is no number
/// (or over 100 years) leaves the offset as it was.
class OffsetFileClock final : public Clock {
  public:
    explicit OffsetFileClock(std::string path) : path_(std::move(path)) {}

    Time now() const override;

  private:
    std::int64_t offsetSeconds() const;

    std::string path_;
    mutable std::atomic<std::int64_t> last_ = 0;
};

}  // namespace sallyport
