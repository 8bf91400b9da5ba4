#include "fido/cbor.h"

#include "base/utf8.h"

#include <limits>
#include <set>
#include <string>

namespace sallyport::fido::cbor {

namespace {

constexpr std::size_t kMostLevels = 4;

enum Major : std::uint8_t {
    kUnsigned = 0,
    kNegative = 1,
    kBytes = 2,
    kText = 3,
    kArray = 4,
    kMap = 5,
    kTag = 6,
    kSimple = 7,
};

constexpr std::uint64_t kFalse = 20;
constexpr std::uint64_t kTrue = 21;
constexpr std::uint64_t kNull = 22;

/// The first bytes of an item: its type and its value, length or number of items.
struct Head {
    Major major;
    std::uint64_t argument;
};

Error malformed(const char* problem) {
    return fail(ErrorCode::kInvalidRequest, std::string("CBOR: ") + problem);
}

/// RFC 8949 3. Takes the head off `rest`.
Result<Head> takeHead(ByteView& rest) {
    if (rest.empty()) return malformed("ends too early");
    const auto major = static_cast<Major>(rest[0] >> 5);
    const std::uint8_t low = rest[0] & 0x1f;
    rest = rest.subspan(1);
    if (low < 24) return Head{major, low};
    if (low > 27) return malformed("indefinite or reserved length");
    if (major == kSimple) return malformed("a float or an unknown simple value");
    const std::size_t size = std::size_t{1} << (low - 24);
    if (rest.size() < size) return malformed("ends too early");
    std::uint64_t argument = 0;
    for (const std::uint8_t byte : rest.first(size)) argument = argument << 8 | byte;
    rest = rest.subspan(size);
    // One, two, four and eight bytes: what would fit into the next shorter form.
    const std::uint64_t least = size == 1 ? 24 : std::uint64_t{1} << (4 * size);
    if (argument < least) return malformed("length is not the shortest");
    return Head{major, argument};
}

Result<ByteView> takeBytes(ByteView& rest, std::uint64_t size) {
    if (rest.size() < size) return malformed("ends too early");
    const ByteView bytes = rest.first(size);
    rest = rest.subspan(bytes.size());
    return bytes;
}

Status checkItem(ByteView& rest, std::size_t levels);

/// The entries of a map: its keys are integers or text, and each is there once. As lengths are the
/// shortest, equal keys have equal bytes.
Status checkEntries(ByteView& rest, std::uint64_t count, std::size_t levels) {
    std::set<std::string_view> keys;
    for (std::uint64_t i = 0; i < count; ++i) {
        const ByteView key = rest;
        if (!key.empty() && key[0] >> 5 > kNegative && key[0] >> 5 != kText) {
            return malformed("a key is neither integer nor text");
        }
        SALLYPORT_CHECK(checkItem(rest, levels));
        if (!keys.insert(asText(key.first(key.size() - rest.size()))).second) {
            return malformed("duplicate key");
        }
        SALLYPORT_CHECK(checkItem(rest, levels));
    }
    return {};
}

/// Takes one item off `rest` that may hold `levels` levels of arrays and maps.
Status checkItem(ByteView& rest, std::size_t levels) {
    SALLYPORT_TRY(const Head head, takeHead(rest));
    switch (head.major) {
        case kUnsigned:
        case kNegative:
            return {};
        case kBytes: {
            SALLYPORT_CHECK(takeBytes(rest, head.argument));
            return {};
        }
        case kText: {
            SALLYPORT_TRY(const ByteView text, takeBytes(rest, head.argument));
            if (!isUtf8(asText(text))) return malformed("text is not UTF-8");
            return {};
        }
        case kArray: {
            if (levels == 0) return malformed("nested too deep");
            for (std::uint64_t i = 0; i < head.argument; ++i) {
                SALLYPORT_CHECK(checkItem(rest, levels - 1));
            }
            return {};
        }
        case kMap: {
            if (levels == 0) return malformed("nested too deep");
            return checkEntries(rest, head.argument, levels - 1);
        }
        case kTag:
            return malformed("a tag");
        case kSimple:
            break;
    }
    if (head.argument < kFalse || head.argument > kNull) return malformed("a simple value");
    return {};
}

/// The head of a well-formed item, and what is behind it.
struct Opened {
    Head head;
    ByteView body;
};

Result<Opened> open(ByteView encoded) {
    SALLYPORT_TRY(const Head head, takeHead(encoded));
    return Opened{head, encoded};
}

Result<Opened> openAs(ByteView encoded, Major major, const char* problem) {
    SALLYPORT_TRY(Opened opened, open(encoded));
    if (opened.head.major != major) return malformed(problem);
    return opened;
}

}  // namespace

Result<Item> Item::take(ByteView& rest) {
    const ByteView before = rest;
    SALLYPORT_CHECK(checkItem(rest, kMostLevels));
    return Item(before.first(before.size() - rest.size()));
}

Result<Item> Item::parse(ByteView whole) {
    SALLYPORT_TRY(const Item item, take(whole));
    if (!whole.empty()) return malformed("bytes behind the item");
    return item;
}

Result<std::int64_t> Item::integer() const {
    SALLYPORT_TRY(const Opened opened, open(encoded_));
    const auto [major, argument] = opened.head;
    if (major != kUnsigned && major != kNegative) return malformed("no integer");
    if (argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return malformed("no integer of 64 bits");
    }
    const auto value = static_cast<std::int64_t>(argument);
    return major == kUnsigned ? value : -1 - value;
}

Result<ByteView> Item::bytes() const {
    SALLYPORT_TRY(const Opened opened, openAs(encoded_, kBytes, "no byte string"));
    return opened.body;
}

Result<std::string_view> Item::text() const {
    SALLYPORT_TRY(const Opened opened, openAs(encoded_, kText, "no text"));
    return asText(opened.body);
}

Result<bool> Item::boolean() const {
    SALLYPORT_TRY(const Opened opened, openAs(encoded_, kSimple, "no boolean"));
    if (opened.head.argument == kNull) return malformed("no boolean");
    return opened.head.argument == kTrue;
}

Result<std::vector<Item>> Item::array() const {
    SALLYPORT_TRY(Opened opened, openAs(encoded_, kArray, "no array"));
    std::vector<Item> items;
    while (!opened.body.empty()) {
        SALLYPORT_TRY(const Item item, take(opened.body));
        items.push_back(item);
    }
    return items;
}

Result<Map> Item::map() const {
    SALLYPORT_TRY(Opened opened, openAs(encoded_, kMap, "no map"));
    Map map;
    while (!opened.body.empty()) {
        SALLYPORT_TRY(const Item key, take(opened.body));
        SALLYPORT_TRY(const Item value, take(opened.body));
        map.entries_.push_back({key, value});
    }
    return map;
}

Result<Item> Map::at(std::int64_t key) const {
    for (const Entry& entry : entries_) {
        const Result<std::int64_t> number = entry.key.integer();
        if (number.has_value() && *number == key) return entry.value;
    }
    return malformed("a member is missing");
}

Result<Item> Map::at(std::string_view key) const {
    for (const Entry& entry : entries_) {
        const Result<std::string_view> text = entry.key.text();
        if (text.has_value() && *text == key) return entry.value;
    }
    return malformed("a member is missing");
}

}  // namespace sallyport::fido::cbor
