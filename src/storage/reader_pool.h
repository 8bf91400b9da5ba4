#pragma once

#include "storage/sqlite_transaction.h"

#include <condition_variable>
#include <mutex>

namespace sallyport::storage {

/// Connections for reading; a body has one for itself, with a snapshot that no writer changes.
/// Thread-safe.
class ReaderPool {
  public:
    explicit ReaderPool(std::vector<std::unique_ptr<SqliteConnection>> connections);

    /// Errors: those of the body; kUnavailable if no connection is free before the deadline.
    Status read(Deadline deadline, const std::function<Status(Transaction&)>& body);

  private:
    struct Reader {
        explicit Reader(std::unique_ptr<SqliteConnection> taken)
            : connection(std::move(taken)), transaction(*connection) {}

        std::unique_ptr<SqliteConnection> connection;
        SqliteTransaction transaction;
    };

    Reader* take(Deadline deadline);
    void giveBack(Reader* reader);
    static Status readWith(Reader& reader, const std::function<Status(Transaction&)>& body);

    std::vector<std::unique_ptr<Reader>> readers_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<Reader*> free_;
};

}  // namespace sallyport::storage
