#pragma once

#include "storage/database.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>

namespace sallyport::storage {

/// Bodies that wait for the writer thread. Thread-safe.
class WriteQueue {
  public:
    using Body = std::function<Status(Transaction&)>;

    /// Lives on the stack of its caller, who leaves submit() only when no one holds it any more.
    struct Job {
        const Body* body;
        Deadline deadline;
        Status result{};
        enum class State { kWaiting, kRunning, kDone } state = State::kWaiting;
        std::condition_variable answered{};
    };

    explicit WriteQueue(std::size_t limit) : limit_(limit) {}

    /// Waits until the writer answers. Leaves at the deadline unless the body has begun: then its
    /// end is waited for. Errors: kUnavailable if the queue is full or closed or the deadline
    /// passed; else what the writer answers.
    Status submit(Deadline deadline, const Body& body);

    /// The writer's side. Waits for the first job; false when closed and empty.
    bool waitForJob();

    /// The next job whose deadline has not passed, now running, or null if none waits.
    Job* take();

    /// Gives each job its `result`; its caller returns.
    void answer(std::span<Job* const> jobs);

    /// No new jobs; those that wait are still done.
    void close();

  private:
    static void answerLocked(Job& job, Status result);

    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Job*> waiting_;
    bool closed_ = false;
};

}  // namespace sallyport::storage
