#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport {

/// The text of `key` in the catalogue of `language` (`src/base/texts/<language>.json`, embedded at
/// build). A language that has no catalogue reads the English one. A key that is in no catalogue is
/// a bug and ends the process; a test holds every key that the sources name against the catalogue.
/// The view lives as long as the program. Thread-safe.
std::string_view text(std::string_view language, std::string_view key);

/// Likewise, with every `{name}` replaced by its value. Values are put in as they are: what a
/// person typed never belongs there.
std::string text(std::string_view language,
                 std::string_view key,
                 const std::vector<std::pair<std::string_view, std::string_view>>& values);

/// Every key of the English catalogue, sorted.
std::vector<std::string_view> textKeys();

}  // namespace sallyport
