#pragma once

#include <string>
#include <string_view>

namespace sallyport::http {

/// What a person calls his browser, from a closed list: `Firefox on Windows`. Empty when it is none
/// of them. Goes into a mail and into the list of sessions, so nothing of the header itself is ever
/// repeated.
std::string browserFamily(std::string_view user_agent);

}  // namespace sallyport::http
