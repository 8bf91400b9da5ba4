#include "storage/sqlite_transaction.h"

namespace sallyport::storage {

Status SqliteTransaction::usable() const {
    SALLYPORT_ASSERT(owner_.load() == std::this_thread::get_id());
    if (failure_) return *failure_;
    return {};
}

Result<Rows> SqliteTransaction::query(std::string_view sql, const std::vector<Value>& parameters) {
    SALLYPORT_CHECK(usable());
    return remember(connection_.query(sql, parameters));
}

Result<std::int64_t> SqliteTransaction::execute(std::string_view sql,
                                                const std::vector<Value>& parameters) {
    SALLYPORT_CHECK(usable());
    return remember(connection_.execute(sql, parameters));
}

Status SqliteTransaction::run(const std::function<Status(Transaction&)>& body) {
    failure_.reset();
    owner_.store(std::this_thread::get_id());
    Status status = body(*this);
    owner_.store(std::thread::id());
    if (status.has_value() && failure_) return *failure_;
    return status;
}

}  // namespace sallyport::storage
