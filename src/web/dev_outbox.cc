#include "web/dev_outbox.h"

#include "base/texts.h"
#include "web/pages.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace sallyport::web {
namespace {

constexpr std::size_t kShown = 20;
constexpr std::size_t kMaxNesting = 4;

/// The header and the body of a message or part. Line ends are LF already.
struct Part {
    std::string_view header;
    std::string_view body;
};

Part split(std::string_view text) {
    if (text.starts_with('\n')) return {{}, text.substr(1)};
    const auto blank = text.find("\n\n");
    if (blank == std::string_view::npos) return {text, {}};
    return {text.substr(0, blank + 1), text.substr(blank + 2)};
}

/// The unfolded value of a field, or empty.
std::string field(std::string_view header, std::string_view name) {
    std::string value;
    bool found = false;
    while (!header.empty()) {
        const auto end = std::min(header.find('\n'), header.size());
        const auto line = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        const bool folded = line.starts_with(' ') || line.starts_with('\t');
        if (found && !folded) break;
        if (found) value += line;
        if (found || line.size() <= name.size() || line[name.size()] != ':') continue;
        if (!http::equalsIgnoringCase(line.substr(0, name.size()), name)) continue;
        found = true;
        value = line.substr(name.size() + 1);
    }
    const auto first = value.find_first_not_of(" \t");
    return first == std::string::npos ? std::string() : value.substr(first);
}

std::string boundaryOf(std::string_view content_type) {
    constexpr std::string_view kName = "boundary=";
    const auto found = content_type.find(kName);
    if (found == std::string_view::npos) return {};
    auto value = content_type.substr(found + kName.size());
    if (!value.starts_with('"')) return std::string(value.substr(0, value.find_first_of("; \t")));
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// RFC 2045 6.7; an escape that is none stays as it is.
std::string decodeQuotedPrintable(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            decoded += text[i];
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == '\n') {
            i += 1;
            continue;
        }
        const int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

/// RFC 2045 6.8: ends at padding, passes over what is not of the alphabet.
std::string decodeBase64(std::string_view text) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string decoded;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        if (c == '=') break;
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) continue;
        bits = ((bits << 6U) | static_cast<std::uint32_t>(value)) & 0xFFFFFFU;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        decoded += static_cast<char>((bits >> count) & 0xFFU);
    }
    return decoded;
}

std::string decoded(const Part& part) {
    const std::string encoding = field(part.header, "Content-Transfer-Encoding");
    if (http::equalsIgnoringCase(encoding, "quoted-printable"))
        return decodeQuotedPrintable(part.body);
    if (http::equalsIgnoringCase(encoding, "base64")) return decodeBase64(part.body);
    return std::string(part.body);
}

std::string plainText(const Part& part, std::size_t nesting) {
    const std::string type = field(part.header, "Content-Type");
    if (type.empty() || type.starts_with("text/plain")) return decoded(part);
    const std::string boundary = boundaryOf(type);
    if (!type.starts_with("multipart/") || boundary.empty() || nesting == kMaxNesting) return {};
    // The first line of a body may be a boundary: then no line end stands before it.
    const std::string body = "\n" + std::string(part.body);
    const std::string mark = "\n--" + boundary;
    auto begin = body.find(mark);
    while (begin != std::string::npos) {
        const auto start = body.find('\n', begin + mark.size());
        if (start == std::string::npos) break;
        // The next boundary may follow at once: an empty part.
        const auto end = body.find(mark, start);
        const auto length = std::max(end, start + 1) - start - 1;
        const auto inner = std::string_view(body).substr(start + 1, length);
        std::string text = plainText(split(inner), nesting + 1);
        if (!text.empty()) return text;
        begin = end;
    }
    return {};
}

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        if (c == '&') {
            html += "&amp;";
        } else if (c == '<') {
            html += "&lt;";
        } else if (c == '>') {
            html += "&gt;";
        } else if (c == '"') {
            html += "&quot;";
        } else {
            html += c;
        }
    }
    return html;
}

bool isAddress(std::string_view line) {
    const bool web = line.starts_with("http://") || line.starts_with("https://");
    return web && line.find_first_of(" \t") == std::string_view::npos;
}

/// The newest first. Files that vanish meanwhile are passed over.
std::vector<std::filesystem::path> newestFiles(const std::filesystem::path& directory) {
    using Entry = std::pair<std::filesystem::file_time_type, std::filesystem::path>;
    std::vector<Entry> found;
    std::error_code failure;
    for (std::filesystem::directory_iterator it(directory, failure), end; !failure && it != end;
         it.increment(failure)) {
        if (it->path().extension() != ".eml") continue;
        std::error_code unreadable;
        const auto written = it->last_write_time(unreadable);
        if (!unreadable) found.emplace_back(written, it->path());
    }
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return b < a; });
    if (found.size() > kShown) found.resize(kShown);
    std::vector<std::filesystem::path> paths;
    for (auto& entry : found) paths.push_back(std::move(entry.second));
    return paths;
}

std::string pageOf(const std::filesystem::path& directory) {
    std::string mails;
    for (const auto& path : newestFiles(directory)) {
        std::ifstream file(path, std::ios::binary);
        const std::string message(std::istreambuf_iterator<char>(file), {});
        mails += outboxMailHtml(readOutboxMail(message));
    }
    if (mails.empty()) mails = "<p>" + escaped(text("en", "outbox.empty")) + "</p>\n";
    std::string page(outboxFrame());
    constexpr std::string_view kPlace = "<!--mails-->";
    const auto place = page.find(kPlace);
    SALLYPORT_ASSERT(place != std::string::npos);
    return page.replace(place, kPlace.size(), mails);
}

}  // namespace

OutboxMail readOutboxMail(std::string_view message) {
    std::string lines;
    for (const char c : message) {
        if (c != '\r') lines += c;
    }
    const Part whole = split(lines);
    return {field(whole.header, "Subject"),
            field(whole.header, "To"),
            field(whole.header, "Date"),
            plainText(whole, 0)};
}

std::string outboxMailHtml(const OutboxMail& mail) {
    std::string html = "<article class=\"card mail\">\n<h2>" + escaped(mail.subject) +
                       "</h2>\n<p class=\"hint\">" + escaped(mail.to) + " · " + escaped(mail.date) +
                       "</p>\n<pre>";
    std::string_view rest = mail.text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const std::string line = escaped(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (isAddress(line)) {
            html.append("<a href=\"").append(line).append("\">").append(line).append("</a>");
        } else {
            html += line;
        }
        html += '\n';
    }
    return html + "</pre>\n</article>\n";
}

void registerDevOutbox(http::Router& router, std::filesystem::path directory) {
    http::Endpoint endpoint;
    endpoint.method = "GET";
    endpoint.pattern = "/dev/outbox";
    endpoint.body = http::Body::kNone;
    endpoint.handler = [folder =
                            std::move(directory)](const http::Call&) -> Result<http::Response> {
        auto response = http::Response::empty(200);
        response.headers.add("Content-Type", "text/html; charset=utf-8");
        response.headers.add("Content-Security-Policy", std::string(kContentSecurityPolicy));
        response.body = pageOf(folder);
        return response;
    };
    router.add(std::move(endpoint));
}

}  // namespace sallyport::web
