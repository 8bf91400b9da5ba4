#include "http/headers.h"

#include <algorithm>

namespace sallyport::http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

std::string_view trimBlanks(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t start = std::min(text.find_first_not_of(kBlanks), text.size());
    const std::size_t end = text.find_last_not_of(kBlanks);
    return end == std::string_view::npos ? std::string_view() : text.substr(start, end + 1 - start);
}

bool isUtf8MediaType(std::string_view content_type, std::string_view media_type) {
    const std::size_t semicolon = std::min(content_type.find(';'), content_type.size());
    if (!equalsIgnoringCase(trimBlanks(content_type.substr(0, semicolon)), media_type))
        return false;
    if (semicolon == content_type.size()) return true;
    const std::string_view parameter = trimBlanks(content_type.substr(semicolon + 1));
    return equalsIgnoringCase(parameter, "charset=utf-8") ||
           equalsIgnoringCase(parameter, "charset=\"utf-8\"");
}

void Headers::set(std::string_view name, std::string value) {
    remove(name);
    add(std::string(name), std::move(value));
}

const std::string* Headers::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [name](const Field& field) {
        return equalsIgnoringCase(field.first, name);
    });
    return found == fields_.end() ? nullptr : &found->second;
}

std::size_t Headers::count(std::string_view name) const {
    const auto found = std::count_if(fields_.begin(), fields_.end(), [name](const Field& field) {
        return equalsIgnoringCase(field.first, name);
    });
    return static_cast<std::size_t>(found);
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_,
                  [name](const Field& field) { return equalsIgnoringCase(field.first, name); });
}

void Headers::removeStartingWith(std::string_view prefix) {
    std::erase_if(fields_, [prefix](const Field& field) {
        return equalsIgnoringCase(std::string_view(field.first).substr(0, prefix.size()), prefix);
    });
}

}  // namespace sallyport::http
