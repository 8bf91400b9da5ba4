#include "storage/sqlite_database.h"

#include "storage/checkpointer.h"
#include "storage/file_lock.h"
#include "storage/reader_pool.h"
#include "storage/schema.h"
#include "storage/sqlite_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <system_error>

namespace sallyport::storage {
namespace {

// Before SQLite opens it: SQLite gives the files beside it the same mode.
Status makePrivate(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool done = descriptor >= 0 && ::fchmod(descriptor, 0600) == 0;
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (done) return {};
    return fail(ErrorCode::kUnavailable,
                "cannot open database " + path +
                    " for writing: " + std::generic_category().message(reason));
}

}  // namespace

// In this order: the lock is given up last, the writer stops first.
struct SqliteDatabase::Parts {
    FileLock lock;
    std::span<const Migration> migrations;
    ReaderPool readers;
    Checkpointer checkpointer;
    SqliteWriter writer;

    Parts(FileLock taken,
          std::unique_ptr<SqliteConnection> for_writing,
          std::unique_ptr<SqliteConnection> for_checkpoints,
          std::vector<std::unique_ptr<SqliteConnection>> for_reading,
          const SqliteOptions& options,
          Log& log,
          Metrics& metrics)
        : lock(std::move(taken)),
          migrations(options.migrations),
          readers(std::move(for_reading)),
          checkpointer(std::move(for_checkpoints), log, metrics),
          writer(std::move(for_writing),
                 checkpointer,
                 {options.queue_limit, options.run_bodies_twice},
                 log,
                 metrics) {}
};

Result<std::unique_ptr<Database>> SqliteDatabase::open(const SqliteOptions& options,
                                                       Log& log,
                                                       Metrics& metrics) {
    using Mode = SqliteConnection::Mode;
    SALLYPORT_TRY(FileLock lock, FileLock::acquire(options.path + ".lock"));
    SALLYPORT_CHECK(makePrivate(options.path));
    SALLYPORT_TRY(auto writing, SqliteConnection::open(options.path, Mode::kWriter));
    SALLYPORT_TRY(auto checkpoints, SqliteConnection::open(options.path, Mode::kWriter));
    std::vector<std::unique_ptr<SqliteConnection>> reading;
    for (std::size_t i = 0; i < options.read_connections; ++i) {
        SALLYPORT_TRY(auto reader, SqliteConnection::open(options.path, Mode::kReader));
        reading.push_back(std::move(reader));
    }
    auto parts = std::make_unique<Parts>(std::move(lock),
                                         std::move(writing),
                                         std::move(checkpoints),
                                         std::move(reading),
                                         options,
                                         log,
                                         metrics);
    return std::unique_ptr<Database>(new SqliteDatabase(std::move(parts)));
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteDatabase::~SqliteDatabase() = default;

Status SqliteDatabase::migrate(Deadline deadline) {
    return write(deadline, [this](Transaction& transaction) {
        return applyMigrations(transaction, parts_->migrations);
    });
}

Status SqliteDatabase::ping(Deadline deadline) {
    return read(deadline, [](Transaction& transaction) -> Status {
        SALLYPORT_CHECK(transaction.query("SELECT count(*) AS tables FROM sqlite_schema", {}));
        return {};
    });
}

std::uint64_t SqliteDatabase::commits() const {
    return parts_->writer.commits();
}

Status SqliteDatabase::writeBody(Deadline deadline, const ErasedBody& body) {
    return parts_->writer.write(deadline, body);
}

Status SqliteDatabase::readBody(Deadline deadline, const ErasedBody& body) {
    return parts_->readers.read(deadline, body);
}

}  // namespace sallyport::storage
