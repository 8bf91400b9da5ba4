#pragma once

#include "app/config.h"

#include <limits>
#include <span>
#include <variant>

namespace sallyport::app {

/// Where a value goes; its type is the type of the key.
template <class T>
using Slot = T& (*)(Config&);
using AnySlot = std::variant<Slot<std::string>,
                             Slot<std::vector<std::string>>,
                             Slot<std::int64_t>,
                             Slot<Duration>,
                             Slot<bool>,
                             Slot<std::optional<bool>>>;

enum class Presence {
    kDefault,   ///< `default_value` holds if it is not set
    kOptional,  ///< nothing holds, or something that depends on other keys
    kRequired,
};

/// The one declaration of a key. `config/sallyport.toml` is held against it both ways.
struct Key {
    std::string_view path;  ///< `http.listen`
    AnySlot slot;
    Presence presence = Presence::kDefault;
    std::string_view default_value;  ///< as TOML: `"10m"`
    /// Of numbers, and of durations in microseconds.
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    /// Of text, and of each text of a list. Null: anything. The error's detail says what it must
    /// be.
    Status (*check)(std::string_view) = nullptr;

    std::string_view table() const { return path.substr(0, path.find('.')); }

    std::string_view name() const { return path.substr(path.find('.') + 1); }
};

/// In the order of the file.
std::span<const Key> configKeys();

}  // namespace sallyport::app
