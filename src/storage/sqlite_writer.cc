#include "storage/sqlite_writer.h"

#include <algorithm>

namespace sallyport::storage {
namespace {

// Bodies join a transaction while it is open; at this many it is closed, so that the first does not
// wait for ever.
constexpr std::size_t kMaxBatch = 256;

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection,
                           Checkpointer& checkpointer,
                           Options options,
                           Log& log,
                           Metrics& metrics)
    : connection_(std::move(connection)),
      transaction_(*connection_),
      checkpointer_(checkpointer),
      queue_(options.queue_limit),
      run_bodies_twice_(options.run_bodies_twice),
      log_(log),
      metrics_(metrics) {
    connection_->onCommit([this](int pages) { checkpointer_.logHas(pages); });
    thread_ = std::thread([this] { loop(); });
}

SqliteWriter::~SqliteWriter() {
    queue_.close();
    thread_.join();
}

Status SqliteWriter::write(Deadline deadline, const WriteQueue::Body& body) {
    // A body that waits for another body waits for ever.
    SALLYPORT_ASSERT(std::this_thread::get_id() != thread_.get_id());
    return queue_.submit(deadline, body);
}

void SqliteWriter::loop() {
    while (queue_.waitForJob()) {
        const Checkpointer::Batch gate(checkpointer_);
        batch();
    }
}

void SqliteWriter::batch() {
    // Before any body is taken: while another process holds the lock, callers may still leave at
    // their deadlines.
    const Status begun = connection_->control("BEGIN IMMEDIATE");
    std::vector<WriteQueue::Job*> jobs;
    std::size_t kept = 0;
    while (jobs.size() < kMaxBatch) {
        WriteQueue::Job* const job = queue_.take();
        if (job == nullptr) break;
        jobs.push_back(job);
        job->result = begun.has_value() ? runBody(*job->body) : begun;
        if (job->result.has_value()) ++kept;
        // Some failures (disk full, I/O) end the whole transaction.
        if (begun.has_value() && !connection_->inTransaction()) break;
    }
    const Status committed = begun.has_value() ? commit(kept) : begun;
    if (!committed.has_value()) {
        log_.failure("storage_commit_failed", committed.error());
        for (WriteQueue::Job* const job : jobs) {
            if (job->result.has_value())
                job->result = fail(ErrorCode::kUnavailable, committed.error().detail);
        }
    }
    queue_.answer(jobs);
}

Status SqliteWriter::runBody(const WriteQueue::Body& body) {
    if (run_bodies_twice_) {
        // What PostgreSQL does after a serialization failure: a body with any effect but SQL shows
        // here.
        const Status first = underSavepoint(body, false);
        if (!connection_->inTransaction()) return first;
    }
    return underSavepoint(body, true);
}

Status SqliteWriter::underSavepoint(const WriteQueue::Body& body, bool keep) {
    SALLYPORT_CHECK(connection_->control("SAVEPOINT body"));
    Status status = transaction_.run(body);
    if (!connection_->inTransaction()) {
        if (status.has_value())
            return fail(ErrorCode::kUnavailable, "the transaction ended under the body");
        return status;
    }
    if (!keep || !status.has_value()) SALLYPORT_CHECK(connection_->control("ROLLBACK TO body"));
    SALLYPORT_CHECK(connection_->control("RELEASE body"));
    return status;
}

Status SqliteWriter::commit(std::size_t kept) {
    if (!connection_->inTransaction()) {
        return fail(ErrorCode::kUnavailable,
                    "the database gave up the whole transaction; nothing of it remains");
    }
    if (kept == 0) return connection_->control("ROLLBACK");
    const auto begun = Deadline::Clock::now();
    Status committed = connection_->control("COMMIT");
    if (!committed.has_value()) {
        if (connection_->inTransaction()) {
            if (const Status undone = connection_->control("ROLLBACK"); !undone.has_value()) {
                log_.failure("storage_rollback_failed", undone.error());
            }
        }
        return committed;
    }
    commits_.fetch_add(1);
    const std::chrono::duration<double> took = Deadline::Clock::now() - begun;
    metrics_.observe("sallyport_storage_commit_seconds", {}, took.count());
    metrics_.count("sallyport_storage_commits_total");
    metrics_.count("sallyport_storage_writes_total", {}, kept);
    return {};
}

}  // namespace sallyport::storage
