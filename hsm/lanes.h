#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "hsm/pkcs11/session.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace sallyport::hsm {

/// What one worker thread owns: a session, opened when it is first needed and after every failure.
struct Worker {
    std::optional<pkcs11::Session> session;
};

/// Threads that each own one session, and a bounded queue before them. A call returns at its
/// deadline even when the thread that works for it hangs inside the library: then the thread is
/// counted as hung until the library lets it go. Thread-safe.
class Lanes final {
  public:
    struct Options {
        std::size_t workers;
        std::size_t queue;  ///< calls that may wait
    };

    struct State {
        std::size_t workers;
        std::size_t hung;
        std::size_t waiting;
    };

    explicit Lanes(Options options);

    /// As stop() without patience.
    ~Lanes();
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    /// Runs `work` on a worker. It must own all it touches: when the deadline passes, the caller
    /// leaves and `work` may go on. Errors: those of `work`; kUnavailable at once when the queue is
    /// full, or at the deadline.
    template <class T>
    Result<T> run(Deadline deadline, std::function<Result<T>(Worker&)> work) {
        // Written by the worker before it says that it is done, read only after.
        auto answer = std::make_shared<std::optional<Result<T>>>();
        SALLYPORT_CHECK(perform(deadline, [answer, work = std::move(work)](Worker& worker) {
            answer->emplace(work(worker));
        }));
        if (!answer->has_value())
            return fail(ErrorCode::kInternal, "a device operation threw an exception");
        return std::move(**answer);
    }

    State state() const;

    /// Takes no more work, lets what runs finish for as long as `patience`. False if a thread still
    /// hangs: it is left behind, and the library must not be finalized.
    bool stop(Duration patience);

  private:
    struct Task;
    struct Shared;

    Status perform(Deadline deadline, std::function<void(Worker&)> work);
    static void serve(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;  // a thread that hangs may outlive this object
    std::vector<std::thread> threads_;
};

}  // namespace sallyport::hsm
