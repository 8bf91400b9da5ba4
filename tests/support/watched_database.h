#pragma once

#include "storage/database.h"

#include <atomic>

namespace sallyport::test {

/// Hands everything on and counts the statements, so that paths can be held against each other; and
/// steps in before a write, as another node might.
class WatchedDatabase final : public storage::Database {
  public:
    explicit WatchedDatabase(storage::Database& database) : database_(database) {}

    std::uint64_t statements() const { return statements_; }

    /// `act` comes before every write but its own, until it is replaced. One thread only.
    void beforeWrites(std::function<void()> act) { before_writes_ = std::move(act); }

    Status migrate(Deadline deadline) override { return database_.migrate(deadline); }

    Status ping(Deadline deadline) override { return database_.ping(deadline); }

    std::uint64_t commits() const override { return database_.commits(); }

  protected:
    Status writeBody(Deadline deadline, const ErasedBody& body) override {
        if (before_writes_ && !acting_) {
            acting_ = true;
            before_writes_();
            acting_ = false;
        }
        return database_.write(deadline, counted(body));
    }

    Status readBody(Deadline deadline, const ErasedBody& body) override {
        return database_.read(deadline, counted(body));
    }

  private:
    class CountingTransaction final : public storage::Transaction {
      public:
        CountingTransaction(storage::Transaction& transaction,
                            std::atomic<std::uint64_t>& statements)
            : transaction_(transaction), statements_(statements) {}

        Result<storage::Rows> query(std::string_view sql,
                                    const std::vector<storage::Value>& parameters) override {
            ++statements_;
            return transaction_.query(sql, parameters);
        }

        Result<std::int64_t> execute(std::string_view sql,
                                     const std::vector<storage::Value>& parameters) override {
            ++statements_;
            return transaction_.execute(sql, parameters);
        }

      private:
        storage::Transaction& transaction_;
        std::atomic<std::uint64_t>& statements_;
    };

    ErasedBody counted(const ErasedBody& body) {
        return [this, &body](storage::Transaction& transaction) {
            CountingTransaction counting(transaction, statements_);
            return body(counting);
        };
    }

    storage::Database& database_;
    std::atomic<std::uint64_t> statements_ = 0;
    std::function<void()> before_writes_;
    bool acting_ = false;
};

}  // namespace sallyport::test
