// Values of our own making, not the parser's: a canonical form is read as the same value, and what
// has none is refused.

#include "base/json.h"
#include "base/utf8.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using sallyport::ByteView;
using sallyport::isUtf8;
using sallyport::Json;

/// Reads a value from bytes: a type, then its size or length, then its contents.
class Maker {
  public:
    explicit Maker(ByteView input) : input_(input) {}

    Json value(int depth) {
        switch (byte() % (depth > 8 ? 4 : 6)) {
            case 0:
                return {};
            case 1:
                return byte() % 2 == 0;
            case 2:
                return integer();
            case 3:
                return text();
            case 4:
                return array(depth);
            default:
                return object(depth);
        }
    }

    /// Whether a part was made that has no canonical form.
    bool spoiled() const { return spoiled_; }

  private:
    std::uint8_t byte() {
        if (input_.empty()) return 0;
        const std::uint8_t first = input_.front();
        input_ = input_.subspan(1);
        return first;
    }

    std::int64_t integer() {
        std::uint64_t bits = 0;
        for (int i = 0; i < 8; ++i) bits = bits << 8 | byte();
        // Half of them around the limit of 2^53-1.
        const std::uint64_t shift = byte() % 2 == 0 ? 10 : 0;
        const auto number = static_cast<std::int64_t>(bits >> shift);
        if (number > 9'007'199'254'740'991 || number < -9'007'199'254'740'991) spoiled_ = true;
        return number;
    }

    std::string bytes() {
        const ByteView taken = input_.first(std::min<std::size_t>(byte() % 16U, input_.size()));
        input_ = input_.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }

    std::string text() {
        std::string made = bytes();
        if (!isUtf8(made)) spoiled_ = true;
        return made;
    }

    Json array(int depth) {
        Json::Array made;
        for (int count = byte() % 5; count > 0; --count) made.push_back(value(depth + 1));
        return made;
    }

    Json object(int depth) {
        Json::Object made;
        for (int count = byte() % 5; count > 0; --count) {
            std::string name = bytes();
            for (const char c : name) {
                if ((c & 0x80) != 0) spoiled_ = true;
            }
            Json member = value(depth + 1);
            made.insert_or_assign(std::move(name), std::move(member));
        }
        return made;
    }

    ByteView input_;
    bool spoiled_ = false;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Maker maker({data, size});
    const Json made = maker.value(0);
    SALLYPORT_ASSERT(isUtf8(made.text()));
    const auto canonical = made.canonical();
    if (!canonical.has_value()) {
        SALLYPORT_ASSERT(maker.spoiled());
        return 0;
    }
    const auto read = Json::parse(*canonical);
    SALLYPORT_ASSERT(read.has_value() && *read == made);
    const auto again = read->canonical();
    SALLYPORT_ASSERT(again.has_value() && *again == *canonical);
    return 0;
}
