#include "http/request_target.h"

#include "base/percent.h"

#include <algorithm>

namespace sallyport::http {

namespace {

/// RFC 3986 3.3 pchar without the percent sign, and "/".
bool isPathCharacter(char c) {
    return isAlphaNumeric(c) ||
           std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

std::optional<std::string> decodePath(std::string_view raw) {
    std::string path;
    while (!raw.empty()) {
        if (raw.front() != '%') {
            if (!isPathCharacter(raw.front())) return std::nullopt;
            path += raw.front();
            raw.remove_prefix(1);
            continue;
        }
        const int byte = escapedByte(raw);
        // "/" and "\" would make segments that the router never sees as such.
        if (byte < 0x20 || byte >= 0x7f || byte == '/' || byte == '\\') return std::nullopt;
        path += static_cast<char>(byte);
        raw.remove_prefix(3);
    }
    return path;
}

bool hasDotSegment(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        if (segment == "." || segment == "..") return true;
        path.remove_prefix(end);
    }
    return false;
}

bool isQuery(std::string_view query) {
    while (!query.empty()) {
        if (query.front() == '%') {
            if (escapedByte(query) < 0) return false;
            query.remove_prefix(3);
            continue;
        }
        if (!isPathCharacter(query.front()) && query.front() != '?') return false;
        query.remove_prefix(1);
    }
    return true;
}

}  // namespace

std::optional<RequestTarget> parseTarget(std::string_view target) {
    if (!target.starts_with('/')) return std::nullopt;
    const std::size_t question = std::min(target.find('?'), target.size());
    const std::string_view query = target.substr(std::min(question + 1, target.size()));
    std::optional<std::string> path = decodePath(target.substr(0, question));
    if (!path.has_value() || hasDotSegment(*path) || !isQuery(query)) return std::nullopt;
    return RequestTarget{*std::move(path), std::string(query)};
}

}  // namespace sallyport::http
