#pragma once

#include "storage/sqlite_connection.h"

#include <atomic>
#include <thread>

namespace sallyport::storage {

/// The Transaction that bodies see. It lives as long as its connection, so that a reference kept
/// beyond its body, or used by another thread, meets an assertion and not freed memory.
class SqliteTransaction final : public Transaction {
  public:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}

    Result<Rows> query(std::string_view sql, const std::vector<Value>& parameters) override;
    Result<std::int64_t> execute(std::string_view sql,
                                 const std::vector<Value>& parameters) override;

    /// Runs `body` on this thread. A failed statement is the answer, whatever the body then says:
    /// PostgreSQL too does nothing more in a transaction that has failed.
    Status run(const std::function<Status(Transaction&)>& body);

  private:
    /// Asserts that this is inside run(), on its thread; answers the first failure, if there was
    /// one.
    Status usable() const;

    template <class T>
    Result<T> remember(Result<T> result) {
        if (!result) failure_ = result.error();
        return result;
    }

    SqliteConnection& connection_;
    std::atomic<std::thread::id> owner_ = std::thread::id();
    std::optional<Error> failure_;
};

}  // namespace sallyport::storage
