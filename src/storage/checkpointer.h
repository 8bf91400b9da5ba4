#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "storage/sqlite_connection.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace sallyport::storage {

/// Copies the write-ahead log back into the file on a thread of its own, so that no COMMIT waits
/// for it. A writer that never pauses would keep the log from ever being empty, and then it only
/// grows: past a hard limit the writer is held between two batches for the rest, which is small
/// because most was copied before.
class Checkpointer {
  public:
    Checkpointer(std::unique_ptr<SqliteConnection> connection, Log& log, Metrics& metrics);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    /// From the writer after each commit.
    void logHas(int pages);

    /// The writer holds one per batch.
    class Batch {
      public:
        explicit Batch(Checkpointer& checkpointer);
        Batch(const Batch&) = delete;
        Batch& operator=(const Batch&) = delete;
        ~Batch();

      private:
        Checkpointer& checkpointer_;
    };

  private:
    void loop();
    void checkpoint();

    std::unique_ptr<SqliteConnection> connection_;
    Log& log_;
    Metrics& metrics_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int pages_ = 0;
    int next_at_;
    bool in_batch_ = false;
    bool holding_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sallyport::storage
