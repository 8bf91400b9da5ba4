#include "action/changes.h"

#include <algorithm>

namespace sallyport::action {

std::uint64_t Changes::now() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

bool Changes::wait(std::uint64_t since, Deadline until) {
    constexpr std::chrono::seconds kOtherNodes(1);
    std::unique_lock lock(mutex_);
    if (waiting_ >= most_waiting_) return false;
    ++waiting_;
    changed_.wait_until(lock,
                        std::min(until.at(), Deadline::Clock::now() + kOtherNodes),
                        [this, since] { return stopped_ || count_ != since; });
    --waiting_;
    return !stopped_;
}

void Changes::notify() {
    {
        const std::lock_guard lock(mutex_);
        ++count_;
    }
    changed_.notify_all();
}

void Changes::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    changed_.notify_all();
}

}  // namespace sallyport::action
