#pragma once

#include <cstddef>
#include <cstdint>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The virtual security key shares no code with what it tests: this reader and writer of CBOR are
/// its own (RFC 8949, the subset of CTAP 2.1 section 8).
namespace sallyport::test::cbor {

using Bytes = std::vector<std::uint8_t>;

/// Writes items one after the other; a map is announced with its size and its keys come in the
/// order of the calls, so that a test may also write what no authenticator would.
class Writer {
  public:
    Writer& map(std::size_t pairs) { return head(5, pairs); }

    Writer& array(std::size_t items) { return head(4, items); }

    Writer& integer(std::int64_t value);
    Writer& bytes(const Bytes& value);
    Writer& text(std::string_view value);
    Writer& boolean(bool value);
    /// Something encoded already.
    Writer& raw(const Bytes& value);

    const Bytes& done() const { return out_; }

  private:
    Writer& head(std::uint8_t major, std::uint64_t value);

    Bytes out_;
};

struct Value {
    enum class Kind { kInteger, kBytes, kText, kArray, kMap, kSimple };

    Kind kind = Kind::kSimple;
    std::int64_t number = 0;  ///< also of kSimple: 20 false, 21 true
    Bytes bytes;
    std::string text;
    std::vector<Value> items;  ///< of kArray; of kMap: key, value, key, value

    bool isTrue() const { return kind == Kind::kSimple && number == 21; }

    /// The value of a map's member, or null.
    const Value* at(std::int64_t key) const;
    const Value* at(std::string_view key) const;
};

/// The one item that `bytes` is, or none.
std::optional<Value> parse(const Bytes& bytes);

}  // namespace sallyport::test::cbor
