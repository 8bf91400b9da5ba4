#include "mail/letter_text.h"

#include "base/texts.h"

namespace sallyport::mail {
namespace {

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

}  // namespace

Secret plainText(const std::vector<Line>& lines) {
    std::string body;
    for (const auto& line : lines) {
        body += line.text;
        body += "\n\n";
    }
    return Secret::take(std::move(body));
}

Secret htmlText(std::string_view language, const std::vector<Line>& lines) {
    // The catalogue's own word: no seal protects what a row calls its language.
    std::string body = "<!doctype html>\n<html lang=\"" + std::string(text(language, "language")) +
                       "\"><head><meta charset=\"utf-8\"></head>\n"
                       "<body style=\"font-family: sans-serif; line-height: 1.5\">\n";
    for (const auto& line : lines) {
        const std::string shown = escaped(line.text);
        switch (line.kind) {
            case Line::Kind::kText:
                body += "<p>" + shown + "</p>\n";
                break;
            case Line::Kind::kUrl:
                body += "<p><a href=\"" + shown + "\">" + shown + "</a></p>\n";
                break;
            case Line::Kind::kCode:
                body += "<p style=\"font-family: monospace; font-size: 150%\"><strong>" + shown +
                        "</strong></p>\n";
                break;
            case Line::Kind::kName:
                body += "<p><strong>" + shown + "</strong></p>\n";
                break;
        }
    }
    body += "</body></html>\n";
    return Secret::take(std::move(body));
}

void wipeAll(std::vector<Line>& lines) {
    for (auto& line : lines) wipe(line.text.data(), line.text.size());
}

std::string readableTime(Time time) {
    std::string text = rfc3339(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::string_view hostOf(std::string_view origin) {
    const auto end = origin.find("://");
    return end == std::string_view::npos ? origin : origin.substr(end + 3);
}

}  // namespace sallyport::mail
