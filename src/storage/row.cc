#include "storage/database.h"

#include <algorithm>

namespace sallyport::storage {
namespace {

Error unexpected(std::string_view column, std::string_view wanted) {
    return fail(ErrorCode::kIntegrity,
                "column " + std::string(column) + " holds no " + std::string(wanted));
}

}  // namespace

const Value* Row::find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

Result<Value> Row::value(std::string_view name) const {
    const Value* found = find(name);
    if (found == nullptr)
        return fail(ErrorCode::kIntegrity, "there is no column " + std::string(name));
    return *found;
}

Result<std::int64_t> Row::integer(std::string_view name) const {
    SALLYPORT_TRY(const Value found, value(name));
    if (found.asInteger() == nullptr) return unexpected(name, "integer");
    return *found.asInteger();
}

Result<std::string> Row::text(std::string_view name) const {
    SALLYPORT_TRY(const Value found, value(name));
    if (found.asText() == nullptr) return unexpected(name, "text");
    return *found.asText();
}

Result<Bytes> Row::bytes(std::string_view name) const {
    SALLYPORT_TRY(const Value found, value(name));
    if (found.asBytes() == nullptr) return unexpected(name, "bytes");
    return *found.asBytes();
}

Result<Time> Row::time(std::string_view name) const {
    SALLYPORT_TRY(const std::int64_t found, integer(name));
    if (found < 0) return unexpected(name, "time");
    return timeFromMicros(found);
}

Result<std::optional<Time>> Row::optionalTime(std::string_view name) const {
    SALLYPORT_TRY(const Value found, value(name));
    if (found.isNull()) return std::optional<Time>();
    SALLYPORT_TRY(const Time present, time(name));
    return std::optional<Time>(present);
}

Result<Digest> Row::digest(std::string_view name) const {
    SALLYPORT_TRY(const Bytes found, bytes(name));
    Digest digest{};
    if (found.size() != digest.size()) return unexpected(name, "digest");
    std::copy(found.begin(), found.end(), digest.begin());
    return digest;
}

}  // namespace sallyport::storage
