#pragma once

#include <span>
#include <string_view>

namespace sallyport::app {

/// The name that was most likely meant: the nearest by edit distance (a swap of neighbors counts as
/// one), empty if none is near.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> names);

}  // namespace sallyport::app
