#include "base/json.h"

#include "base/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sallyport {

namespace {

using Library = nlohmann::json;

constexpr std::int64_t kMostInteger = (1LL << 53) - 1;
constexpr const char* kBadNumber = "JSON: number is no integer of at most 2^53-1";

bool isExact(std::int64_t number) {
    return number >= -kMostInteger && number <= kMostInteger;
}

Error refused(std::string reason) {
    return fail(ErrorCode::kInvalidRequest, std::move(reason));
}

/// Builds a Json from the library's events; the first refusal ends the parse and keeps its reason.
class Builder final : public nlohmann::json_sax<Library> {
  public:
    Builder(std::size_t max_depth, Json::OtherNumbers other_numbers)
        : max_depth_(max_depth), other_numbers_(other_numbers) {}

    bool null() override { return put(Json()); }

    bool boolean(bool value) override { return put(Json(value)); }

    bool number_integer(number_integer_t value) override {
        return isExact(value) ? put(Json(value)) : otherNumber();
    }

    bool number_unsigned(number_unsigned_t value) override {
        return value <= static_cast<number_unsigned_t>(kMostInteger)
                   ? put(Json(static_cast<std::int64_t>(value)))
                   : otherNumber();
    }

    /// Fractions, exponents, and integers that fit no 64 bits.
    bool number_float(number_float_t, const string_t&) override { return otherNumber(); }

    bool string(string_t& value) override { return put(Json(std::move(value))); }

    bool binary(binary_t&) override { return refuse("JSON: binary value"); }

    bool start_object(std::size_t) override { return open(true); }

    bool key(string_t& value) override {
        Level& level = levels_.back();
        if (level.object.contains(value)) return refuse("JSON: duplicate member");
        level.member = std::move(value);
        return true;
    }

    bool end_object() override { return close(); }

    bool start_array(std::size_t) override { return open(false); }

    bool end_array() override { return close(); }

    bool parse_error(std::size_t,
                     const std::string&,
                     const nlohmann::detail::exception& error) override {
        // The library's own text repeats the input, which may hold a secret.
        constexpr int kNumberBeyondDouble = 406;
        return refuse(error.id == kNumberBeyondDouble ? kBadNumber : "JSON: malformed");
    }

    const char* reason() const { return reason_; }

    Json takeRoot() { return std::move(root_); }

  private:
    /// An array or object that is not closed yet.
    struct Level {
        bool is_object = false;
        Json::Array array;
        Json::Object object;
        std::string member;
    };

    bool refuse(const char* reason) {
        reason_ = reason;
        return false;
    }

    bool otherNumber() {
        return other_numbers_ == Json::OtherNumbers::kNull ? put(Json()) : refuse(kBadNumber);
    }

    bool open(bool is_object) {
        if (levels_.size() == max_depth_) return refuse("JSON: nested too deep");
        levels_.emplace_back().is_object = is_object;
        return true;
    }

    bool close() {
        Level level = std::move(levels_.back());
        levels_.pop_back();
        return put(level.is_object ? Json(std::move(level.object)) : Json(std::move(level.array)));
    }

    bool put(Json value) {
        if (levels_.empty()) {
            root_ = std::move(value);
        } else if (Level& level = levels_.back(); level.is_object) {
            level.object.emplace(std::move(level.member), std::move(value));
        } else {
            level.array.push_back(std::move(value));
        }
        return true;
    }

    std::size_t max_depth_;
    Json::OtherNumbers other_numbers_;
    std::vector<Level> levels_;
    Json root_;
    const char* reason_ = "JSON: malformed";
};

void write(const Json& json, std::string& out);

void write(const Json::Array& array, std::string& out) {
    out += '[';
    for (const Json& item : array) {
        if (&item != &array.front()) out += ',';
        write(item, out);
    }
    out += ']';
}

/// Members in the order of their bytes, which for ASCII names is RFC 8785's order of UTF-16 units.
void write(const Json::Object& object, std::string& out) {
    out += '{';
    bool first = true;
    for (const auto& [member, value] : object) {
        if (!first) out += ',';
        first = false;
        appendJsonString(out, member);
        out += ':';
        write(value, out);
    }
    out += '}';
}

void write(const Json& json, std::string& out) {
    if (const bool* boolean = json.asBool()) {
        out += *boolean ? "true" : "false";
    } else if (const std::int64_t* number = json.asInteger()) {
        out += std::to_string(*number);
    } else if (const std::string* text = json.asString()) {
        appendJsonString(out, *text);
    } else if (const Json::Array* array = json.asArray()) {
        write(*array, out);
    } else if (const Json::Object* object = json.asObject()) {
        write(*object, out);
    } else {
        out += "null";
    }
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// Whether every part has a canonical form.
Status checkCanonical(const Json& json) {
    if (const std::int64_t* number = json.asInteger()) {
        if (!isExact(*number)) return refused(kBadNumber);
    } else if (const std::string* text = json.asString()) {
        if (!isUtf8(*text)) return refused("JSON: string is not UTF-8");
    } else if (const Json::Array* array = json.asArray()) {
        for (const Json& item : *array) SALLYPORT_CHECK(checkCanonical(item));
    } else if (const Json::Object* object = json.asObject()) {
        for (const auto& [member, value] : *object) {
            if (!isAscii(member)) return refused("JSON: member name is not ASCII");
            SALLYPORT_CHECK(checkCanonical(value));
        }
    }
    return {};
}

}  // namespace

Result<Json> Json::parse(std::string_view text, std::size_t max_depth, OtherNumbers other_numbers) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    // The library skips the mark and takes NUL for the end of the text.
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
        return refused("JSON: byte order mark");
    }
    if (text.find('\0') != std::string_view::npos) return refused("JSON: NUL byte");
    if (!isUtf8(text)) return refused("JSON: not UTF-8");
    Builder builder(max_depth, other_numbers);
    try {
        if (!Library::sax_parse(text, &builder)) return refused(builder.reason());
    } catch (const Library::exception&) {
        return refused("JSON: malformed");
    }
    return builder.takeRoot();
}

const Json* Json::find(std::string_view member) const {
    const Object* const object = asObject();
    if (object == nullptr) return nullptr;
    const auto found = object->find(member);
    return found == object->end() ? nullptr : &found->second;
}

std::string Json::text() const {
    std::string out;
    write(*this, out);
    return out;
}

Result<std::string> Json::canonical() const {
    SALLYPORT_CHECK(checkCanonical(*this));
    return text();
}

void appendJsonString(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
    constexpr std::string_view kShortNames = "\"\\bfnrt";
    out += '"';
    while (!text.empty()) {
        const std::string_view before = text;
        const std::optional<char32_t> point = takeCodePoint(text);
        const std::size_t escape = kShort.find(before.front());
        if (!point.has_value()) {
            out += "\xef\xbf\xbd";
        } else if (escape != std::string_view::npos) {
            out += '\\';
            out += kShortNames[escape];
        } else if (*point < 0x20) {
            out += "\\u00";
            out += kDigits[*point >> 4];
            out += kDigits[*point & 0x0f];
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    out += '"';
}

Result<const Json*> JsonReader::find(std::string_view member) {
    if (json_.asObject() == nullptr) return refused("JSON: not an object");
    seen_.emplace(member);
    return json_.find(member);
}

Result<std::string> JsonReader::string(std::string_view member, std::size_t max_bytes) {
    SALLYPORT_TRY(std::optional<std::string> text, optionalString(member, max_bytes));
    if (!text.has_value()) return refused("JSON: no member " + std::string(member));
    return std::move(*text);
}

Result<std::optional<std::string>> JsonReader::optionalString(std::string_view member,
                                                              std::size_t max_bytes) {
    SALLYPORT_TRY(const Json* value, find(member));
    if (value == nullptr) return std::optional<std::string>();
    const std::string* const text = value->asString();
    if (text == nullptr) return refused("JSON: no string in " + std::string(member));
    if (text->size() > max_bytes) return refused("JSON: too long: " + std::string(member));
    return std::optional<std::string>(*text);
}

Result<std::int64_t> JsonReader::integer(std::string_view member) {
    SALLYPORT_TRY(const Json* value, find(member));
    if (value == nullptr) return refused("JSON: no member " + std::string(member));
    const std::int64_t* const number = value->asInteger();
    if (number == nullptr) return refused("JSON: no integer in " + std::string(member));
    return *number;
}

Status JsonReader::finish() const {
    const Json::Object* const object = json_.asObject();
    if (object == nullptr) return refused("JSON: not an object");
    for (const auto& [member, value] : *object) {
        if (!seen_.contains(member)) return refused("JSON: unknown member");
    }
    return {};
}

}  // namespace sallyport
