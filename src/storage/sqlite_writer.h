#pragma once

#include "storage/checkpointer.h"
#include "storage/sqlite_transaction.h"
#include "storage/write_queue.h"

namespace sallyport::storage {

/// The one thread that writes. All bodies that wait share one transaction, each under a savepoint,
/// and one durable COMMIT.
class SqliteWriter {
  public:
    struct Options {
        std::size_t queue_limit;
        bool run_bodies_twice;
    };

    SqliteWriter(std::unique_ptr<SqliteConnection> connection,
                 Checkpointer& checkpointer,
                 Options options,
                 Log& log,
                 Metrics& metrics);
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    /// Does what waits, then ends the thread.
    ~SqliteWriter();

    /// Errors: those of the body; kUnavailable for queue, deadline and commit. Never from inside a
    /// body.
    Status write(Deadline deadline, const WriteQueue::Body& body);

    std::uint64_t commits() const { return commits_.load(); }

  private:
    void loop();
    void batch();
    Status runBody(const WriteQueue::Body& body);
    Status underSavepoint(const WriteQueue::Body& body, bool keep);
    Status commit(std::size_t kept);

    std::unique_ptr<SqliteConnection> connection_;
    SqliteTransaction transaction_;
    Checkpointer& checkpointer_;
    WriteQueue queue_;
    const bool run_bodies_twice_;
    Log& log_;
    Metrics& metrics_;
    std::atomic<std::uint64_t> commits_ = 0;
    std::thread thread_;
};

}  // namespace sallyport::storage
