#pragma once

#include "action/policy.h"

#include <string>

/// One parameter at a time: its value in canonical form.
namespace sallyport::action {

/// Errors: kInvalidRequest, saying what the rule asks for, never the value.
Result<Json> checkParameter(const ParameterRule& rule, const Json& value);

/// Whether text can stand in one line among ours: UTF-8, no control (Cc), format (Cf, with every
/// bidi control), surrogate, private-use or otherwise invisible character, no line or paragraph
/// separator, no space but U+0020 and none at either end, no double quotation mark.
bool isPlainLine(std::string_view text);

/// Code points of well-formed UTF-8.
std::size_t codePoints(std::string_view text);

}  // namespace sallyport::action
