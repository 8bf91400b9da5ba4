#pragma once

#include <string>
#include <string_view>

/// The letters of addresses (RFC 3986 2.1, 2.3), for whoever reads or writes a piece of one.
namespace sallyport {

inline bool isAlphaNumeric(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// The byte that `%XX` at the start of `text` stands for, or -1.
int escapedByte(std::string_view text);

/// Everything but unreserved characters escaped.
std::string percentEncoded(std::string_view text);

}  // namespace sallyport
