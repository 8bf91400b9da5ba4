#pragma once

#include "app/lease.h"
#include "base/log.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sallyport::app {

/// Deletes what has expired, in small batches, by one node at a time.
class Housekeeping {
  public:
    /// Deletes at most `batch` rows and answers how many.
    struct Task {
        std::string name;
        std::function<Result<std::int64_t>(std::int64_t batch, Deadline deadline)> run;
    };

    /// The references outlive this.
    Housekeeping(storage::Database& database,
                 const Clock& clock,
                 Random& random,
                 Log& log,
                 std::vector<Task> tasks);
    ~Housekeeping();
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;

    /// A thread that runs everything once a minute.
    void start();

    /// Every task until it has nothing left, if no other node is at it. For the thread, and for
    /// tests in place of start().
    void runOnce();

  private:
    void loop();
    bool stopping();
    void run(const Task& task);

    storage::Database& database_;
    Log& log_;
    const std::vector<Task> tasks_;
    const Lease lease_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sallyport::app
