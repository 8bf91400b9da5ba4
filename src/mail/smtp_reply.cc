#include "mail/smtp_reply.h"

namespace sallyport::mail {
namespace {

constexpr std::size_t kMaxLine = 1000;  // RFC 5321 4.5.3.1.5 asks for 512; known servers exceed it
constexpr std::size_t kMaxLines = 64;

struct Line {
    int code;
    bool last;
    std::string text;
};

bool isDigit(char c, char least, char most) {
    return c >= least && c <= most;
}

Error malformed(std::string_view why) {
    return fail(ErrorCode::kInvalidRequest,
                "the mail server's reply is malformed: " + std::string(why));
}

Result<Line> parseLine(std::string_view line) {
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
        return malformed("a bare CR, LF or NUL");
    // RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39
    if (line.size() < 3 || !isDigit(line[0], '2', '5') || !isDigit(line[1], '0', '5') ||
        !isDigit(line[2], '0', '9')) {
        return malformed("no code");
    }
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return malformed("no separator");
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    const bool last = line.size() == 3 || line[3] == ' ';
    return Line{code, last, std::string(line.substr(line.size() > 3 ? 4 : 3))};
}

std::size_t digits(std::string_view text, std::size_t most) {
    std::size_t count = 0;
    while (count < text.size() && count < most && isDigit(text[count], '0', '9')) ++count;
    return count;
}

}  // namespace

std::string SmtpReply::enhancedStatus() const {
    if (lines.empty()) return {};
    const std::string_view text = lines.back();
    std::size_t end = 0;
    for (const std::size_t most : {1U, 3U, 3U}) {
        if (end > 0) {
            if (end >= text.size() || text[end] != '.') return {};
            ++end;
        }
        const std::size_t count = digits(text.substr(end), most);
        if (count == 0) return {};
        end += count;
    }
    if (end < text.size() && text[end] != ' ') return {};
    return std::string(text.substr(0, end));
}

Result<std::optional<SmtpReply>> takeReply(std::string& buffer) {
    SmtpReply reply;
    std::size_t begin = 0;
    while (true) {
        const std::string_view rest = std::string_view(buffer).substr(begin);
        const auto end = rest.find("\r\n");
        if (std::min(end, rest.size()) > kMaxLine) return malformed("a line is too long");
        if (end == std::string_view::npos) return std::optional<SmtpReply>();
        SALLYPORT_TRY(Line line, parseLine(rest.substr(0, end)));
        if (!reply.lines.empty() && line.code != reply.code) return malformed("two codes");
        if (reply.lines.size() >= kMaxLines) return malformed("too many lines");
        reply.code = line.code;
        reply.lines.push_back(std::move(line.text));
        begin += end + 2;
        if (line.last) break;
    }
    buffer.erase(0, begin);
    return std::optional<SmtpReply>(std::move(reply));
}

}  // namespace sallyport::mail
