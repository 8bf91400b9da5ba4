#include "app/housekeeping.h"

namespace sallyport::app {
namespace {

constexpr std::int64_t kBatch = 500;
constexpr Duration kEvery = std::chrono::minutes(1);
constexpr Duration kLeaseLength = std::chrono::minutes(3);
constexpr Duration kPatience = std::chrono::seconds(5);

Deadline soon() {
    return Deadline::after(kPatience);
}

}  // namespace

Housekeeping::Housekeeping(storage::Database& database,
                           const Clock& clock,
                           Random& random,
                           Log& log,
                           std::vector<Task> tasks)
    : database_(database),
      log_(log),
      tasks_(std::move(tasks)),
      lease_("housekeeping", kLeaseLength, clock, random) {}

Housekeeping::~Housekeeping() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    const Status released = lease_.release(database_, soon());
    if (!released) log_.failure("housekeeping.release_failed", released.error());
}

void Housekeeping::start() {
    thread_ = std::thread([this] { loop(); });
}

void Housekeeping::loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        runOnce();
        lock.lock();
        wake_.wait_for(lock, kEvery, [this] { return stopping_; });
    }
}

bool Housekeeping::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Housekeeping::runOnce() {
    const auto held = lease_.hold(database_, soon());
    if (!held) log_.failure("housekeeping.failed", held.error());
    if (!held || !*held) return;
    for (const Task& task : tasks_) run(task);
}

void Housekeeping::run(const Task& task) {
    while (!stopping()) {
        const auto deleted = task.run(kBatch, soon());
        if (!deleted) {
            log_.warning("housekeeping.failed",
                         {{"task", task.name}, {"detail", deleted.error().detail}});
            return;
        }
        if (*deleted < kBatch) return;
    }
}

}  // namespace sallyport::app
