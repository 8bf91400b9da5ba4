#include "tests/support/virtual_key/cbor.h"

namespace sallyport::test::cbor {

namespace {

class Reader {
  public:
    explicit Reader(const Bytes& in) : in_(in) {}

    bool atEnd() const { return at_ == in_.size(); }

    std::optional<Value> value(int depth) {
        if (depth > 8 || at_ >= in_.size()) return std::nullopt;
        const std::uint8_t first = in_[at_++];
        const auto argument = number(first & 0x1fu);
        if (!argument) return std::nullopt;
        switch (first >> 5u) {
            case 0:
                return integer(static_cast<std::int64_t>(*argument));
            case 1:
                return integer(-1 - static_cast<std::int64_t>(*argument));
            case 2:
                return string(Value::Kind::kBytes, *argument);
            case 3:
                return string(Value::Kind::kText, *argument);
            case 4:
                return list(Value::Kind::kArray, *argument, depth);
            case 5:
                return list(Value::Kind::kMap, *argument * 2, depth);
            case 7: {
                Value simple = integer(static_cast<std::int64_t>(*argument));
                simple.kind = Value::Kind::kSimple;
                return simple;
            }
            default:
                return std::nullopt;
        }
    }

  private:
    static Value integer(std::int64_t number) {
        Value value;
        value.kind = Value::Kind::kInteger;
        value.number = number;
        return value;
    }

    std::optional<std::uint64_t> number(unsigned info) {
        if (info < 24) return info;
        if (info > 27) return std::nullopt;
        const std::size_t size = std::size_t{1} << (info - 24);
        if (in_.size() - at_ < size) return std::nullopt;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8u | in_[at_++];
        return value;
    }

    std::optional<Value> string(Value::Kind kind, std::uint64_t size) {
        if (in_.size() - at_ < size) return std::nullopt;
        const auto begin = in_.begin() + static_cast<std::ptrdiff_t>(at_);
        const auto end = begin + static_cast<std::ptrdiff_t>(size);
        at_ += size;
        Value value;
        value.kind = kind;
        if (kind == Value::Kind::kBytes) value.bytes.assign(begin, end);
        if (kind == Value::Kind::kText) value.text.assign(begin, end);
        return value;
    }

    std::optional<Value> list(Value::Kind kind, std::uint64_t size, int depth) {
        Value result;
        result.kind = kind;
        for (std::uint64_t i = 0; i < size; ++i) {
            auto item = value(depth + 1);
            if (!item) return std::nullopt;
            result.items.push_back(*std::move(item));
        }
        return result;
    }

    const Bytes& in_;
    std::size_t at_ = 0;
};

}  // namespace

Writer& Writer::head(std::uint8_t major, std::uint64_t value) {
    const auto top = static_cast<std::uint8_t>(major << 5u);
    std::size_t size = 0;
    if (value >= 24) size = 1;
    if (value > 0xff) size = 2;
    if (value > 0xffff) size = 4;
    if (value > 0xffffffff) size = 8;
    const std::uint8_t info[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    if (size == 0) {
        out_.push_back(static_cast<std::uint8_t>(top | value));
        return *this;
    }
    out_.push_back(static_cast<std::uint8_t>(top | info[size]));
    for (std::size_t i = size; i > 0; --i) {
        out_.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
    }
    return *this;
}

Writer& Writer::integer(std::int64_t value) {
    return value >= 0 ? head(0, static_cast<std::uint64_t>(value))
                      : head(1, static_cast<std::uint64_t>(-1 - value));
}

Writer& Writer::bytes(const Bytes& value) {
    head(2, value.size());
    return raw(value);
}

Writer& Writer::text(std::string_view value) {
    head(3, value.size());
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
}

Writer& Writer::boolean(bool value) {
    out_.push_back(value ? 0xf5 : 0xf4);
    return *this;
}

Writer& Writer::raw(const Bytes& value) {
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
}

const Value* Value::at(std::int64_t key) const {
    if (kind != Kind::kMap) return nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].kind == Kind::kInteger && items[i].number == key) return &items[i + 1];
    }
    return nullptr;
}

const Value* Value::at(std::string_view key) const {
    if (kind != Kind::kMap) return nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].kind == Kind::kText && items[i].text == key) return &items[i + 1];
    }
    return nullptr;
}

std::optional<Value> parse(const Bytes& bytes) {
    Reader reader(bytes);
    auto value = reader.value(0);
    if (!value || !reader.atEnd()) return std::nullopt;
    return value;
}

}  // namespace sallyport::test::cbor
