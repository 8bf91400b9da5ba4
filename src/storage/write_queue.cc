#include "storage/write_queue.h"

#include <algorithm>

namespace sallyport::storage {
namespace {

Error tooLate() {
    return fail(ErrorCode::kUnavailable, "the deadline passed before the database had time");
}

}  // namespace

Status WriteQueue::submit(Deadline deadline, const Body& body) {
    if (deadline.passed()) return tooLate();
    Job job{&body, deadline};
    std::unique_lock lock(mutex_);
    if (closed_) return fail(ErrorCode::kUnavailable, "the database is closing");
    if (waiting_.size() >= limit_) {
        return fail(ErrorCode::kUnavailable, "too many writes wait for the database");
    }
    waiting_.push_back(&job);
    filled_.notify_one();

    const auto begun = [&job] { return job.state != Job::State::kWaiting; };
    if (!job.answered.wait_until(lock, deadline.at(), begun)) {
        waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &job));
        return tooLate();
    }
    job.answered.wait(lock, [&job] { return job.state == Job::State::kDone; });
    return std::move(job.result);
}

bool WriteQueue::waitForJob() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    return !waiting_.empty();
}

WriteQueue::Job* WriteQueue::take() {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty()) {
        Job* const job = waiting_.front();
        waiting_.pop_front();
        if (!job->deadline.passed()) {
            job->state = Job::State::kRunning;
            return job;
        }
        answerLocked(*job, tooLate());
    }
    return nullptr;
}

void WriteQueue::answer(std::span<Job* const> jobs) {
    const std::lock_guard lock(mutex_);
    for (Job* const job : jobs) answerLocked(*job, std::move(job->result));
}

void WriteQueue::answerLocked(Job& job, Status result) {
    job.result = std::move(result);
    job.state = Job::State::kDone;
    // Under the lock: once it is free the caller may return and the condition variable is gone.
    job.answered.notify_one();
}

void WriteQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_one();
}

}  // namespace sallyport::storage
