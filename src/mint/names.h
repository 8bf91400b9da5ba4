#pragma once

#include "base/result.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

/// Enums and their stable names, one table each.
namespace sallyport::mint {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
std::string_view nameIn(const Names<Enum, N>& names, Enum wanted) {
    for (const auto& [value, text] : names) {
        if (value == wanted) return text;
    }
    invariantBroken("an enum has a name", __FILE__, __LINE__);
}

template <class Enum, std::size_t N>
std::optional<Enum> valueIn(const Names<Enum, N>& names, std::string_view wanted) {
    for (const auto& [value, text] : names) {
        if (text == wanted) return value;
    }
    return std::nullopt;
}

}  // namespace sallyport::mint
