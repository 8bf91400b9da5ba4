#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace sallyport::action {

/// Lets requests wait for a change of any action without a transaction or a busy loop. Thread-safe.
class Changes {
  public:
    /// How many wait at most: each of them holds a worker.
    explicit Changes(unsigned most_waiting = 16) : most_waiting_(most_waiting) {}

    /// Names a moment; take it before the rows are read.
    std::uint64_t now() const;

    /// Returns when something changed after `since`, when `until` has come, or after one second,
    /// because another node may have changed it. False at once when too many wait or stop() was
    /// called: then there is no waiting.
    bool wait(std::uint64_t since, Deadline until);

    void notify();

    /// Everybody goes on, and nobody waits any more.
    void stop();

  private:
    const unsigned most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t count_ = 0;
    unsigned waiting_ = 0;
    bool stopped_ = false;
};

}  // namespace sallyport::action
