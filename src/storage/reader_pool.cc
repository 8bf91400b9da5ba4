#include "storage/reader_pool.h"

namespace sallyport::storage {

ReaderPool::ReaderPool(std::vector<std::unique_ptr<SqliteConnection>> connections) {
    for (auto& connection : connections) {
        readers_.push_back(std::make_unique<Reader>(std::move(connection)));
        free_.push_back(readers_.back().get());
    }
}

Status ReaderPool::read(Deadline deadline, const std::function<Status(Transaction&)>& body) {
    Reader* const reader = take(deadline);
    if (reader == nullptr) {
        return fail(ErrorCode::kUnavailable, "the deadline passed before the database had time");
    }
    Status status = readWith(*reader, body);
    giveBack(reader);
    return status;
}

ReaderPool::Reader* ReaderPool::take(Deadline deadline) {
    if (deadline.passed()) return nullptr;
    std::unique_lock lock(mutex_);
    if (!freed_.wait_until(lock, deadline.at(), [this] { return !free_.empty(); })) return nullptr;
    Reader* const reader = free_.back();
    free_.pop_back();
    return reader;
}

void ReaderPool::giveBack(Reader* reader) {
    const std::lock_guard lock(mutex_);
    free_.push_back(reader);
    freed_.notify_one();
}

Status ReaderPool::readWith(Reader& reader, const std::function<Status(Transaction&)>& body) {
    SALLYPORT_CHECK(reader.connection->control("BEGIN DEFERRED"));
    Status status = reader.transaction.run(body);
    if (reader.connection->inTransaction()) SALLYPORT_CHECK(reader.connection->control("ROLLBACK"));
    return status;
}

}  // namespace sallyport::storage
