#include "http/request_guard.h"

#include "http/request_target.h"

#include <charconv>

#include <algorithm>

namespace sallyport::http {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// Fields that decide something and must not be there twice, whatever the first says.
constexpr std::array<std::string_view, 9> kSingleFields = {"Content-Length",
                                                           "Host",
                                                           "Authorization",
                                                           "Content-Type",
                                                           "Origin",
                                                           "Cookie",
                                                           "X-CSRF-Token",
                                                           "Client-Cert",
                                                           "Sec-Fetch-Site"};

using MaybeRefusal = std::optional<Refusal>;

Refusal badRequest(std::string_view reason) {
    return {Problem::kBadRequest, reason};
}

/// RFC 9110 5.6.2.
bool isToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

/// RFC 9110 5.5: no control bytes but HTAB; bytes beyond ASCII are opaque.
bool isFieldValue(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

/// Takes one line off the front of `rest`, without its CRLF.
std::string_view takeLine(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(kLineEnd), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + kLineEnd.size(), rest.size()));
    return line;
}

/// RFC 9112 3: method SP request-target SP HTTP-version, one space each.
MaybeRefusal parseRequestLine(std::string_view line, RequestHead& head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return badRequest("request line");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!isToken(method)) return badRequest("method");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return badRequest("version");
    if (target.size() > kMaxTargetBytes) return Refusal{Problem::kHeadersTooLarge, "target size"};
    std::optional<RequestTarget> parsed = parseTarget(target);
    if (!parsed.has_value()) return badRequest("target");
    head.request.method = method;
    head.request.path = std::move(parsed->path);
    head.request.query = std::move(parsed->query);
    head.keep_alive = version == "HTTP/1.1";
    return std::nullopt;
}

/// RFC 9112 5: a line that starts with a space is a folded one (5.2), a space before the colon is
/// an attack (5.1): neither is a token.
MaybeRefusal parseFields(std::string_view rest, Headers& headers) {
    while (true) {
        const std::string_view line = takeLine(rest);
        if (line.empty()) break;
        if (headers.size() == kMaxHeaderFields)
            return Refusal{Problem::kHeadersTooLarge, "header count"};
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
            return badRequest("header name");
        const std::string_view value = trimBlanks(line.substr(colon + 1));
        if (!isFieldValue(value)) return badRequest("header value");
        headers.add(std::string(line.substr(0, colon)), std::string(value));
    }
    return rest.empty() ? std::nullopt : MaybeRefusal(badRequest("bytes after the head"));
}

MaybeRefusal checkSingleFields(const Headers& headers) {
    for (const std::string_view name : kSingleFields) {
        if (headers.count(name) > 1) return badRequest("repeated header");
    }
    if (headers.count("Host") != 1) return badRequest("host");  // RFC 9112 3.2
    return std::nullopt;
}

/// RFC 9112 6: only Content-Length frames a body here, so that no proxy and we can disagree about
/// where it ends.
MaybeRefusal frameBody(RequestHead& head) {
    const Headers& headers = head.request.headers;
    if (headers.find("Transfer-Encoding") != nullptr) {
        return Refusal{Problem::kLengthRequired, "transfer encoding"};
    }
    if (headers.find("Expect") != nullptr) return badRequest("expect");
    const std::string* length = headers.find("Content-Length");
    if (length == nullptr) {
        // Of the unsafe methods only DELETE is usual without a body.
        if (head.request.isSafe() || head.request.method == "DELETE") return std::nullopt;
        return Refusal{Problem::kLengthRequired, "no content length"};
    }
    const char* const end = length->data() + length->size();
    const auto [parsed_to, error] = std::from_chars(length->data(), end, head.content_length);
    if (parsed_to != end || error == std::errc::invalid_argument)
        return badRequest("content length");
    if (error != std::errc() || head.content_length > kMaxBodyBytes) {
        return Refusal{Problem::kTooLarge, "body size"};
    }
    if (head.request.isSafe() && head.content_length > 0)
        return badRequest("body of a safe method");
    return std::nullopt;
}

/// RFC 9110 7.6.1.
void readConnection(RequestHead& head) {
    for (const auto& field : head.request.headers) {
        if (!equalsIgnoringCase(field.first, "Connection")) continue;
        std::string_view options = field.second;
        while (!options.empty()) {
            const std::size_t end = std::min(options.find(','), options.size());
            if (equalsIgnoringCase(trimBlanks(options.substr(0, end)), "close"))
                head.keep_alive = false;
            options.remove_prefix(std::min(end + 1, options.size()));
        }
    }
}

}  // namespace

std::variant<std::optional<std::size_t>, Refusal> findHeadEnd(std::string_view bytes) {
    const std::string_view bounded = bytes.substr(0, kMaxHeadBytes);
    std::size_t line_start = 0;
    while (true) {
        const std::size_t line_feed = bounded.find('\n', line_start);
        if (line_feed == std::string_view::npos) break;
        // RFC 9112 2.2 lets a recipient take a bare LF for a line end; what a proxy in front does
        // not is a second request.
        if (line_feed == line_start || bounded[line_feed - 1] != '\r')
            return badRequest("bare line feed");
        if (line_feed == line_start + 1) {
            if (line_start == 0) return badRequest("empty line before the request");
            return std::optional(line_feed + 1);
        }
        line_start = line_feed + 1;
    }
    if (bytes.size() >= kMaxHeadBytes) return Refusal{Problem::kHeadersTooLarge, "head size"};
    return std::optional<std::size_t>();
}

std::variant<RequestHead, Refusal> parseHead(std::string_view head_bytes) {
    RequestHead head;
    std::string_view rest = head_bytes;
    MaybeRefusal refusal = parseRequestLine(takeLine(rest), head);
    if (!refusal.has_value()) refusal = parseFields(rest, head.request.headers);
    if (!refusal.has_value()) refusal = checkSingleFields(head.request.headers);
    if (!refusal.has_value()) refusal = frameBody(head);
    if (refusal.has_value()) return *refusal;
    readConnection(head);
    return head;
}

}  // namespace sallyport::http
