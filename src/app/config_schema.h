#pragma once

#include "app/config.h"

#include <limits>
#include <span>
#include <variant>
#include <vector>

namespace sallyport::app {

/// Where a value goes; its type is the type of the key.
template <class T>
using Slot = T& (*)(Config&);
using AnySlot = std::variant<Slot<std::string>,
                             Slot<std::vector<std::string>>,
                             Slot<std::int64_t>,
                             Slot<Duration>,
                             Slot<bool>,
                             Slot<std::optional<bool>>,
                             Slot<std::optional<Config::Texts>>,
                             Slot<Config::TextByName>>;

enum class Presence {
    kDefault,   ///< `default_value` holds if it is not set
    kOptional,  ///< nothing holds, or something that depends on other keys
    kRequired,
};

/// The one declaration of a key. `config/sallyport.toml` is held against it both ways.
struct Key {
    std::string_view path;  ///< `http.listen`, `actions.parameters.name`
    AnySlot slot;
    Presence presence = Presence::kDefault;
    std::string_view default_value;  ///< as TOML: `"10m"`
    /// Of numbers, and of durations in microseconds.
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    /// Of text, and of each text of a list or table. Null: anything. The error's detail says what
    /// it must be.
    Status (*check)(std::string_view) = nullptr;

    std::string_view table() const { return path.substr(0, path.rfind('.')); }

    std::string_view name() const { return path.substr(path.rfind('.') + 1); }
};

/// A table that stands in the file any number of times: `[[clients]]`. The slots of its keys are in
/// the element that was added last.
struct ListTable {
    std::string_view path;  ///< `clients`, `actions.parameters`
    void (*add)(Config&);
};

/// In the order of the file.
std::span<const Key> configKeys();
std::span<const ListTable> configLists();

/// Null if `table` is no list.
const ListTable* findList(std::string_view table);

/// `5.7.0` as 0x00050700. Empty for any other spelling.
std::optional<std::uint32_t> firmwareFromText(std::string_view text);

/// The keys of `[[clients]]` and of what may be done with security keys are in
/// config_schema_lists.cc.
std::vector<Key> webauthnKeys();
std::vector<Key> clientKeys();
std::vector<Key> actionKeys();

}  // namespace sallyport::app
