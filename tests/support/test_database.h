#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "storage/sqlite_database.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <mutex>

namespace sallyport::test {

/// A real SQLite database in a folder of its own; bodies run twice, as promised to PostgreSQL.
class TestDatabase {
  public:
    TestDatabase() {
        options_.path = directory_.file("test.db");
        options_.run_bodies_twice = true;
    }

    storage::SqliteOptions& options() { return options_; }

    /// Opens at the first use, with the schema of `options().migrations`.
    storage::Database& get() {
        if (!database_) {
            auto opened = storage::SqliteDatabase::open(options_, log_, metrics_);
            if (!opened) throw std::runtime_error(opened.error().detail);
            database_ = std::move(*opened);
            const Status migrated = database_->migrate(soon());
            if (!migrated) throw std::runtime_error(migrated.error().detail);
        }
        return *database_;
    }

    storage::Database* operator->() { return &get(); }

    void close() { database_.reset(); }

    const TemporaryDirectory& directory() const { return directory_; }

    Log& log() { return log_; }

    Metrics& metrics() { return metrics_; }

    /// Far enough for a slow machine.
    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

    /// One statement of its own.
    Result<std::int64_t> execute(std::string_view sql,
                                 const std::vector<storage::Value>& parameters = {}) {
        return get().write(soon(), [&](storage::Transaction& transaction) {
            return transaction.execute(sql, parameters);
        });
    }

    Result<storage::Rows> query(std::string_view sql,
                                const std::vector<storage::Value>& parameters = {}) {
        return get().read(soon(), [&](storage::Transaction& transaction) {
            return transaction.query(sql, parameters);
        });
    }

    /// `column` of the first row, or -1.
    std::int64_t number(std::string_view sql, std::string_view column) {
        const auto rows = query(sql);
        if (!rows || rows->empty()) return -1;
        const auto value = rows->front().integer(column);
        return value ? *value : -1;
    }

    /// Everything that was logged.
    std::string logged() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

  private:
    TemporaryDirectory directory_;
    TestClock clock_;
    std::mutex mutex_;
    std::string lines_;
    Log log_{clock_, [this](std::string_view line) {
                 const std::lock_guard lock(mutex_);
                 lines_ += line;
                 lines_ += '\n';
             }};
    NoMetrics metrics_;
    storage::SqliteOptions options_;
    std::unique_ptr<storage::Database> database_;
};

}  // namespace sallyport::test
