#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "storage/database.h"
#include "storage/migrations.h"

namespace sallyport::storage {

struct SqliteOptions {
    std::string path;  ///< of the database file; `-wal`, `-shm` and `.lock` stand beside it
    std::size_t read_connections = 4;  ///< how many snapshots may be open at a time
    std::size_t queue_limit = 1024;    ///< how many writes may wait
    /// Runs every writing body twice, the first time rolled back, so that one with an effect beside
    /// SQL shows in tests.
    bool run_bodies_twice = false;
    std::span<const Migration> migrations = storage::migrations();
};

/// The database of one node: one writer thread with group commit, snapshots for readers,
/// checkpoints off both. Callers have left before it is destroyed.
class SqliteDatabase final : public Database {
  public:
    /// Opens the file, or makes it with mode 0600. `log` and `metrics` outlive the database.
    /// Errors: kConflict if another process uses the file; kUnavailable if it cannot be opened, is
    /// locked, read-only or damaged.
    static Result<std::unique_ptr<Database>> open(const SqliteOptions& options,
                                                  Log& log,
                                                  Metrics& metrics);

    ~SqliteDatabase() override;
    Status migrate(Deadline deadline) override;
    Status ping(Deadline deadline) override;
    std::uint64_t commits() const override;

  protected:
    Status writeBody(Deadline deadline, const ErasedBody& body) override;
    Status readBody(Deadline deadline, const ErasedBody& body) override;

  private:
    struct Parts;

    explicit SqliteDatabase(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport::storage
