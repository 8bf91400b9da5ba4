#include "storage/checkpointer.h"

namespace sallyport::storage {
namespace {

// Of 4 KiB each: begin at 4 MiB, hold the writer at 32 MiB.
constexpr int kSoftPages = 1000;
constexpr int kHardPages = 8000;

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<SqliteConnection> connection, Log& log, Metrics& metrics)
    : connection_(std::move(connection)), log_(log), metrics_(metrics), next_at_(kSoftPages) {
    thread_ = std::thread([this] { loop(); });
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

void Checkpointer::logHas(int pages) {
    const std::lock_guard lock(mutex_);
    // Fewer than before: the writer began the log anew.
    if (pages < pages_) next_at_ = kSoftPages;
    pages_ = pages;
    if (pages_ >= next_at_) changed_.notify_all();
}

Checkpointer::Batch::Batch(Checkpointer& checkpointer) : checkpointer_(checkpointer) {
    std::unique_lock lock(checkpointer_.mutex_);
    checkpointer_.changed_.wait(lock, [this] { return !checkpointer_.holding_; });
    checkpointer_.in_batch_ = true;
}

Checkpointer::Batch::~Batch() {
    const std::lock_guard lock(checkpointer_.mutex_);
    checkpointer_.in_batch_ = false;
    if (checkpointer_.holding_) checkpointer_.changed_.notify_all();
}

void Checkpointer::loop() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || pages_ >= next_at_; });
        if (stopping_) return;
        const bool hold = pages_ >= kHardPages;
        next_at_ = pages_ + kSoftPages;
        lock.unlock();
        checkpoint();
        lock.lock();
        if (!hold) continue;
        holding_ = true;
        changed_.wait(lock, [this] { return !in_batch_; });
        lock.unlock();
        checkpoint();
        lock.lock();
        holding_ = false;
        changed_.notify_all();
    }
}

void Checkpointer::checkpoint() {
    const auto begun = Deadline::Clock::now();
    const auto result = connection_->checkpoint();
    const std::chrono::duration<double> took = Deadline::Clock::now() - begun;
    metrics_.observe("sallyport_storage_checkpoint_seconds", {}, took.count());
    if (!result) {
        log_.failure("storage_checkpoint_failed", result.error());
        return;
    }
    metrics_.set("sallyport_storage_wal_pages", {}, result->log_pages);
}

}  // namespace sallyport::storage
