#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string_view>
#include <vector>

/// A reader for the CBOR that WebAuthn speaks (CTAP 2.1 section 8): definite and shortest lengths,
/// no tags, no floating point, no duplicate keys, keys are integers or text, at most four levels.
/// The order of keys is not looked at. It copies nothing and allocates for what is there, not for
/// what a length claims (libcbor 0.8 does, and takes indefinite lengths and duplicate keys).
namespace sallyport::fido::cbor {

class Map;

/// One well-formed item; a view of bytes that must outlive it.
class Item {
  public:
    /// Takes the first item off `rest`. Errors: kInvalidRequest.
    static Result<Item> take(ByteView& rest);

    /// Errors: kInvalidRequest, also for bytes behind the item.
    static Result<Item> parse(ByteView whole);

    /// As it stands in the input.
    ByteView encoded() const { return encoded_; }

    /// Errors of all: kInvalidRequest if the item is something else. An integer below -2^63 or
    /// above 2^63-1 is something else.
    Result<std::int64_t> integer() const;
    Result<ByteView> bytes() const;
    Result<std::string_view> text() const;
    Result<bool> boolean() const;
    Result<std::vector<Item>> array() const;
    Result<Map> map() const;

  private:
    friend class Map;

    explicit Item(ByteView encoded) : encoded_(encoded) {}

    ByteView encoded_;
};

class Map {
  public:
    struct Entry {
        Item key;
        Item value;
    };

    std::size_t size() const { return entries_.size(); }

    const std::vector<Entry>& entries() const { return entries_; }

    /// Errors: kInvalidRequest if it is not there.
    Result<Item> at(std::int64_t key) const;
    Result<Item> at(std::string_view key) const;

    bool has(std::string_view key) const { return at(key).has_value(); }

  private:
    friend class Item;
    Map() = default;

    std::vector<Entry> entries_;
};

}  // namespace sallyport::fido::cbor
