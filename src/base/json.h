#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <variant>

namespace sallyport {

/// The JSON that Sallyport speaks: null, booleans, integers of at most 2^53-1 in size, strings,
/// arrays, objects.
class Json {
  public:
    using Array = std::vector<Json>;
    using Object = std::map<std::string, Json, std::less<>>;

    Json() : value_(nullptr) {}

    Json(std::nullptr_t) : value_(nullptr) {}

    Json(bool value) : value_(value) {}

    Json(std::int64_t value) : value_(value) {}

    Json(int value) : value_(static_cast<std::int64_t>(value)) {}

    Json(std::string value) : value_(std::move(value)) {}

    Json(std::string_view value) : value_(std::string(value)) {}

    Json(const char* value) : value_(std::string(value)) {}

    Json(Array value) : value_(std::move(value)) {}

    Json(Object value) : value_(std::move(value)) {}

    /// What a number beyond those that Sallyport speaks does to a text.
    enum class OtherNumbers {
        kRefused,
        /// It reads as null: for texts of others, who may add members that we do not read. One that
        /// overflows a double is refused all the same.
        kNull,
    };

    /// Strict: UTF-8, no BOM, no duplicate member, no fraction or exponent, no trailing bytes,
    /// depth at most `max_depth`. Errors: kInvalidRequest.
    static Result<Json> parse(std::string_view text,
                              std::size_t max_depth = 16,
                              OtherNumbers other_numbers = OtherNumbers::kRefused);

    bool isNull() const { return std::holds_alternative<std::nullptr_t>(value_); }

    const bool* asBool() const { return std::get_if<bool>(&value_); }

    const std::int64_t* asInteger() const { return std::get_if<std::int64_t>(&value_); }

    const std::string* asString() const { return std::get_if<std::string>(&value_); }

    const Array* asArray() const { return std::get_if<Array>(&value_); }

    const Object* asObject() const { return std::get_if<Object>(&value_); }

    /// The member of an object, or null if it is not there or this is no object.
    const Json* find(std::string_view member) const;

    /// Text with the same member order as canonical(), for answers. Never fails: bytes that are not
    /// UTF-8 become U+FFFD.
    std::string text() const;

    /// RFC 8785 for the subset of `protocols.md` 1. Errors: kInvalidRequest for a member name that
    /// is not ASCII, a string that is not UTF-8, or an integer beyond 2^53-1.
    Result<std::string> canonical() const;

    friend bool operator==(const Json&, const Json&) = default;

  private:
    std::variant<std::nullptr_t, bool, std::int64_t, std::string, Array, Object> value_;
};

/// Appends `text` as a JSON string, escaped as RFC 8785 3.2.2.2 says; bytes that are not UTF-8
/// become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

/// Reads the members of a request object; whatever was not asked for is refused by finish().
class JsonReader {
  public:
    /// `json` must outlive the reader. Anything but an object fails at the first use.
    explicit JsonReader(const Json& json) : json_(json) {}

    /// Errors: kInvalidRequest if absent, not a string, or longer than `max_bytes`.
    Result<std::string> string(std::string_view member, std::size_t max_bytes);
    Result<std::optional<std::string>> optionalString(std::string_view member,
                                                      std::size_t max_bytes);
    Result<std::int64_t> integer(std::string_view member);

    /// Errors: kInvalidRequest if this is no object or a member was never asked for.
    Status finish() const;

  private:
    /// The member, or null if it is not there.
    Result<const Json*> find(std::string_view member);

    const Json& json_;
    std::set<std::string, std::less<>> seen_;
};

}  // namespace sallyport
