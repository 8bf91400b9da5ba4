#pragma once

#include <string>
#include <string_view>

namespace sallyport::cli {

/// Text of the server as a terminal may show it: control characters, escape sequences, characters
/// that turn or hide text (Unicode Bidi_Control, zero width, line and paragraph separators, tags)
/// and bytes that are not UTF-8 are shown as `\u{202e}` or `\x{9b}`. Line feeds stay if `lines`.
std::string printable(std::string_view text, bool lines = false);

}  // namespace sallyport::cli
