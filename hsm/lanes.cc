#include "hsm/lanes.h"

#include <algorithm>
#include <exception>

namespace sallyport::hsm {

struct Lanes::Task {
    enum class Phase { kWaiting, kRunning, kDone };

    std::function<void(Worker&)> work;
    Phase phase = Phase::kWaiting;
    bool abandoned = false;  // its caller left while it ran
    std::condition_variable done;
};

/// All members are guarded by the mutex.
struct Lanes::Shared {
    explicit Shared(Options wanted) : options(wanted) {}

    std::mutex mutex;
    std::condition_variable work_or_stop;
    std::condition_variable worker_left;
    std::deque<std::shared_ptr<Task>> queue;
    const Options options;
    std::size_t hung = 0;
    std::size_t alive = 0;
    bool stopping = false;
};

Lanes::Lanes(Options options) : shared_(std::make_shared<Shared>(options)) {
    shared_->alive = options.workers;
    threads_.reserve(options.workers);
    for (std::size_t i = 0; i < options.workers; ++i)
        threads_.emplace_back([shared = shared_] { serve(shared); });
}

Lanes::~Lanes() {
    stop(Duration::zero());
}

void Lanes::serve(const std::shared_ptr<Shared>& shared) {
    Worker worker;
    std::unique_lock lock(shared->mutex);
    while (true) {
        shared->work_or_stop.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
        if (shared->stopping) break;
        const std::shared_ptr<Task> task = std::move(shared->queue.front());
        shared->queue.pop_front();
        task->phase = Task::Phase::kRunning;
        lock.unlock();
        try {
            task->work(worker);
        } catch (const std::exception&) {
            worker.session.reset();  // the caller sees that there is no answer
        }
        if (worker.session.has_value() && worker.session->failure().has_value())
            worker.session.reset();
        task->work = nullptr;  // what it owns goes before the caller is woken
        lock.lock();
        task->phase = Task::Phase::kDone;
        if (task->abandoned) --shared->hung;
        task->done.notify_one();
    }
    lock.unlock();
    worker.session.reset();
    lock.lock();
    --shared->alive;
    shared->worker_left.notify_all();
}

Status Lanes::perform(Deadline deadline, std::function<void(Worker&)> work) {
    // A quick worker would otherwise be done before anybody looks at the clock.
    if (deadline.passed()) {
        return fail(ErrorCode::kUnavailable, "the deadline passed before the device was asked");
    }
    auto task = std::make_shared<Task>();
    task->work = std::move(work);
    std::unique_lock lock(shared_->mutex);
    if (shared_->stopping) return fail(ErrorCode::kUnavailable, "the device is being closed");
    if (shared_->queue.size() >= shared_->options.queue)
        return fail(ErrorCode::kUnavailable, "the device's queue is full");
    shared_->queue.push_back(task);
    shared_->work_or_stop.notify_one();
    task->done.wait_until(lock, deadline.at(), [&] { return task->phase == Task::Phase::kDone; });
    switch (task->phase) {
        case Task::Phase::kDone:
            return {};
        case Task::Phase::kRunning:
            task->abandoned = true;
            ++shared_->hung;
            return fail(ErrorCode::kUnavailable, "the device did not answer before the deadline");
        case Task::Phase::kWaiting:
            break;
    }
    shared_->queue.erase(std::find(shared_->queue.begin(), shared_->queue.end(), task));
    return fail(ErrorCode::kUnavailable, "all lanes of the device were busy until the deadline");
}

Lanes::State Lanes::state() const {
    const std::lock_guard lock(shared_->mutex);
    return {shared_->options.workers, shared_->hung, shared_->queue.size()};
}

bool Lanes::stop(Duration patience) {
    bool all_left = false;
    {
        std::unique_lock lock(shared_->mutex);
        shared_->stopping = true;
        shared_->work_or_stop.notify_all();
        all_left =
            shared_->worker_left.wait_for(lock, patience, [&] { return shared_->alive == 0; });
    }
    for (std::thread& thread : threads_) {
        if (all_left) {
            thread.join();
        } else {
            thread.detach();
        }
    }
    threads_.clear();
    return all_left;
}

}  // namespace sallyport::hsm
