#pragma once

#include "base/random.h"

#include <string>
#include <string_view>

namespace sallyport::link {

/// Two words that stand on the waiting page and in the mail, so that a person sees that they belong
/// together: `amber falcon`. 16 bits: enough for three guesses at /not-me, where a hit only ends a
/// request.
std::string makeRequestTag(Random& random);

/// Case and the space between do not matter; the comparison takes the same time for every tag.
bool sameRequestTag(std::string_view tag, std::string_view typed);

}  // namespace sallyport::link
