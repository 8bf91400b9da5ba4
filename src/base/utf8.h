#pragma once

#include <optional>
#include <string_view>

namespace sallyport {

/// Takes the first code point off `text`, which must not be empty. Nothing if it does not start
/// with well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF); then
/// one byte is taken off.
std::optional<char32_t> takeCodePoint(std::string_view& text);

bool isUtf8(std::string_view text);

/// Whether a reader sees the code point as it is: neither a control character nor one that turns or
/// hides text (Unicode Bidi_Control, zero width, line and paragraph separators, tags, fillers).
bool isPrintable(char32_t point);

}  // namespace sallyport
