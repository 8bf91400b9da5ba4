#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

#include <functional>
#include <map>
#include <memory>
#include <type_traits>
#include <variant>

namespace sallyport::storage {

/// A column's value. Times are INTEGER microseconds, ids and digests BLOB.
class Value {
  public:
    Value() = default;

    Value(std::nullptr_t) {}

    Value(std::int64_t number) : value_(number) {}

    Value(Time time) : value_(micros(time)) {}

    Value(std::string text) : value_(std::move(text)) {}

    Value(std::string_view text) : value_(std::string(text)) {}

    Value(const char* text) : value_(std::string(text)) {}

    Value(Bytes bytes) : value_(std::move(bytes)) {}

    template <std::size_t N>
    Value(const FixedBytes<N>& bytes) : value_(copyBytes(bytes)) {}

    template <class Tag>
    Value(const Id<Tag>& id) : Value(id.bytes) {}

    template <class T>
    Value(const std::optional<T>& optional) {
        if (optional.has_value()) *this = Value(*optional);
    }

    bool isNull() const { return std::holds_alternative<std::monostate>(value_); }

    const std::int64_t* asInteger() const { return std::get_if<std::int64_t>(&value_); }

    const std::string* asText() const { return std::get_if<std::string>(&value_); }

    const Bytes* asBytes() const { return std::get_if<Bytes>(&value_); }

    friend bool operator==(const Value&, const Value&) = default;

  private:
    std::variant<std::monostate, std::int64_t, std::string, Bytes> value_;
};

/// One row by column name. The typed readers fail with kIntegrity: a column of another type, size
/// or NULL was not written by us.
class Row {
  public:
    void set(std::string name, Value value) { values_[std::move(name)] = std::move(value); }

    /// Null if there is no such column.
    const Value* find(std::string_view name) const;
    Result<Value> value(std::string_view name) const;
    Result<std::int64_t> integer(std::string_view name) const;
    Result<std::string> text(std::string_view name) const;
    Result<Bytes> bytes(std::string_view name) const;
    Result<Time> time(std::string_view name) const;
    Result<std::optional<Time>> optionalTime(std::string_view name) const;
    Result<Digest> digest(std::string_view name) const;

    template <class AnyId>
    Result<AnyId> id(std::string_view name) const {
        SALLYPORT_TRY(Bytes raw, bytes(name));
        auto parsed = AnyId::fromBytes(raw);
        if (!parsed)
            return fail(ErrorCode::kIntegrity, "column " + std::string(name) + " holds no id");
        return parsed;
    }

    template <class AnyId>
    Result<std::optional<AnyId>> optionalId(std::string_view name) const {
        SALLYPORT_TRY(const Value found, value(name));
        if (found.isNull()) return std::optional<AnyId>();
        SALLYPORT_TRY(AnyId parsed, id<AnyId>(name));
        return std::optional<AnyId>(parsed);
    }

  private:
    std::map<std::string, Value, std::less<>> values_;
};

using Rows = std::vector<Row>;

/// SQL inside one transaction. Statements use `$1`, `$2`, … bound by name; one statement a call.
/// Not thread-safe; lives only in its body. Errors: kConflict (a UNIQUE or guarded constraint),
/// kUnavailable (busy, full, gone), kInternal (bad SQL). After a failed statement nothing more
/// works, and the body's answer is that failure whatever it says (as in PostgreSQL): use ON
/// CONFLICT.
class Transaction {
  public:
    virtual ~Transaction() = default;
    virtual Result<Rows> query(std::string_view sql, const std::vector<Value>& parameters) = 0;

    /// How many rows changed.
    virtual Result<std::int64_t> execute(std::string_view sql,
                                         const std::vector<Value>& parameters) = 0;

    /// The first row, if any.
    Result<std::optional<Row>> first(std::string_view sql, const std::vector<Value>& parameters);
};

/// THE PORT to SQL. Thread-safe.
class Database {
  public:
    virtual ~Database() = default;

    /// Runs `body(Transaction&) -> Result<T>` and returns after COMMIT; on an error nothing of the
    /// body remains. A body may run twice and has no effect but SQL. Errors: those of the body;
    /// kUnavailable when the deadline passed before it began or the commit failed.
    template <class Body>
    auto write(Deadline deadline, Body&& body) -> std::invoke_result_t<Body&, Transaction&> {
        return run(&Database::writeBody, deadline, body);
    }

    /// The same with a snapshot of its own and no writing.
    template <class Body>
    auto read(Deadline deadline, Body&& body) -> std::invoke_result_t<Body&, Transaction&> {
        return run(&Database::readBody, deadline, body);
    }

    /// Applies the migrations that are missing. Errors: kConflict if the schema is newer than this
    /// program.
    virtual Status migrate(Deadline deadline) = 0;

    /// Answers whether a read works now, for `/readyz`.
    virtual Status ping(Deadline deadline) = 0;

    /// COMMITs so far, to hold issue paths against each other in tests.
    virtual std::uint64_t commits() const = 0;

  protected:
    using ErasedBody = std::function<Status(Transaction&)>;
    virtual Status writeBody(Deadline deadline, const ErasedBody& body) = 0;
    virtual Status readBody(Deadline deadline, const ErasedBody& body) = 0;

  private:
    template <class Body>
    auto run(Status (Database::*how)(Deadline, const ErasedBody&), Deadline deadline, Body& body)
        -> std::invoke_result_t<Body&, Transaction&> {
        using Answer = std::invoke_result_t<Body&, Transaction&>;
        if constexpr (std::is_void_v<typename Answer::value_type>) {
            return (this->*how)(deadline,
                                [&body](Transaction& transaction) { return body(transaction); });
        } else {
            std::optional<Answer> answer;
            const ErasedBody erased = [&body, &answer](Transaction& transaction) -> Status {
                answer.emplace(body(transaction));
                if (!answer->has_value()) return answer->error();
                return {};
            };
            SALLYPORT_CHECK((this->*how)(deadline, erased));
            return std::move(*answer);
        }
    }
};

}  // namespace sallyport::storage
