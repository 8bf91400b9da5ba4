#include "mail/message.h"

#include "base/utf8.h"

#include <openssl/evp.h>

#include <algorithm>

namespace sallyport::mail {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kMaxMailbox = 254;     // RFC 5321 4.5.3.1.3 without the brackets
constexpr std::size_t kMaxPlainHeader = 66;  // with the longest name still within 78
constexpr std::size_t kMaxEncodedPiece =
    45;  // 60 base64 characters: an encoded word stays below 75 (RFC 2047 2)
constexpr std::size_t kMaxBodyLine = 76;  // RFC 2045 6.7
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 5.1.1
constexpr std::string_view kBoundaryStart = "=_";

bool isPrintableAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool isVisibleAscii(std::string_view text) {
    return !text.empty() && isPrintableAscii(text) && text.find(' ') == std::string_view::npos;
}

Error malformed(std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, "a mail cannot have this " + std::string(what));
}

std::string base64(std::string_view text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

// RFC 2047 encoded words, none of which cuts a character.
std::string encodedWords(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t size = std::min(text.size(), kMaxEncodedPiece);
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
            --size;
        if (!out.empty()) out += "\r\n ";
        out += "=?utf-8?B?" + base64(text.substr(0, size)) + "?=";
        text.remove_prefix(size);
    }
    return out;
}

// `text` where a header has free text: as it is if that is safe, else as encoded words.
Result<std::string> phrase(std::string_view text) {
    const bool controls = std::any_of(
        text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
    if (controls || !isUtf8(text)) return malformed("subject or name");
    const bool plain = isPrintableAscii(text) && text.size() <= kMaxPlainHeader &&
                       text.find("=?") == std::string_view::npos &&
                       text.find("  ") == std::string_view::npos &&
                       (text.empty() || (text.front() != ' ' && text.back() != ' '));
    return plain ? std::string(text) : encodedWords(text);
}

// A display name in quotes unless it is made of encoded words (RFC 5322 3.2.4).
Result<std::string> from(const Sender& sender) {
    if (!isWireMailbox(sender.mailbox)) return malformed("sender");
    if (sender.name.empty()) return "<" + sender.mailbox + ">";
    SALLYPORT_TRY(std::string name, phrase(sender.name));
    if (name.substr(0, 2) != "=?") {
        std::string quoted = "\"";
        for (const char c : name) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        name = quoted + "\"";
    }
    return name + "\r\n <" + sender.mailbox + ">";
}

void appendHex(std::string& out, unsigned char byte) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    out += '=';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

// One line of RFC 2045 6.7, broken softly where it would be too long.
void appendQuotedLine(std::string& out, std::string_view line) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        const bool last = i + 1 == line.size();
        const bool blank = byte == ' ' || byte == '\t';
        const bool literal = (byte >= '!' && byte <= '~' && byte != '=') || (blank && !last);
        const std::size_t width = literal ? 1 : 3;
        // Room for the `=` of a soft break, unless this ends the line.
        if (column + width > kMaxBodyLine - (last ? 0 : 1)) {
            out += "=\r\n";
            column = 0;
        }
        if (literal) {
            out += static_cast<char>(byte);
        } else {
            appendHex(out, byte);
        }
        column += width;
    }
    out += kEnd;
}

void appendQuoted(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        appendQuotedLine(out, line);
    }
}

void appendPart(std::string& out,
                std::string_view boundary,
                std::string_view type,
                std::string_view text) {
    out += "--";
    out += boundary;
    out += "\r\nContent-Type: text/";
    out += type;
    out += "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    appendQuoted(out, text);
}

Status check(const OutboxRow& row, const Letter& letter) {
    if (!isWireMailbox(letter.recipient.exposeText())) return malformed("recipient");
    const std::string_view id = row.message_id;
    const bool good_id =
        isVisibleAscii(id) && id.size() <= kMaxMailbox && id.front() == '<' && id.back() == '>';
    if (!good_id) return malformed("Message-ID");
    // `=_` never stands in quoted-printable, so no text can hold the boundary.
    const std::string_view boundary = row.boundary;
    const bool good_boundary = isVisibleAscii(boundary) && boundary.size() <= kMaxBoundary &&
                               boundary.substr(0, kBoundaryStart.size()) == kBoundaryStart &&
                               boundary.find_first_of("\"\\") == std::string_view::npos;
    if (!good_boundary) return malformed("boundary");
    if (!isUtf8(letter.text.exposeText()) || !isUtf8(letter.html.exposeText())) {
        return malformed("text");
    }
    return {};
}

}  // namespace

bool isWireMailbox(std::string_view mailbox) {
    const auto at = mailbox.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < mailbox.size() &&
           mailbox.size() <= kMaxMailbox && isVisibleAscii(mailbox) &&
           mailbox.find_first_of("<>()[]\\,;:\"") == std::string_view::npos;
}

std::string_view nameOf(std::string_view message_id) {
    const auto at = message_id.find('@');
    if (at == std::string_view::npos || message_id.front() != '<') return {};
    const std::string_view name = message_id.substr(1, at - 1);
    const bool safe = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    return safe ? name : std::string_view();
}

std::string rfc5322Date(Time time) {
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const auto weekday = std::chrono::weekday(day).c_encoding();
    const auto month = static_cast<unsigned>(date.month());
    std::string text(kDays.substr(3 * std::size_t{weekday}, 3));
    text += ", " + std::to_string(static_cast<unsigned>(date.day())) + " ";
    text += kMonths.substr(3 * std::size_t{month - 1}, 3);
    text += " " + std::to_string(static_cast<int>(date.year())) + " ";
    text += rfc3339(time).substr(11, 8);  // hh:mm:ss
    return text + " +0000";
}

Result<Secret> compose(const Sender& sender, const OutboxRow& row, const Letter& letter) {
    SALLYPORT_CHECK(check(row, letter));
    SALLYPORT_TRY(const std::string from_field, from(sender));
    SALLYPORT_TRY(const std::string subject, phrase(letter.subject));

    std::string out;
    // Once, for the worst case: growing would leave copies of the link behind in freed memory.
    constexpr std::size_t kHeaders = 4096;
    out.reserve(4 * (letter.text.size() + letter.html.size()) + kHeaders);
    out += "Date: " + rfc5322Date(row.date) + "\r\n";
    out += "From: " + from_field + "\r\n";
    out += "To: <";
    out += letter.recipient.exposeText();
    out += ">\r\n";
    out += "Subject: " + subject + "\r\n";
    out += "Message-ID: " + row.message_id + "\r\n";
    out += "MIME-Version: 1.0\r\n";
    // RFC 3834: no vacation notice comes back.
    out += "Auto-Submitted: auto-generated\r\n";
    out += "Content-Type: multipart/alternative;\r\n boundary=\"" + row.boundary + "\"\r\n\r\n";
    appendPart(out, row.boundary, "plain", letter.text.exposeText());
    appendPart(out, row.boundary, "html", letter.html.exposeText());
    out += "--" + row.boundary + "--\r\n";
    return Secret::take(std::move(out));
}

}  // namespace sallyport::mail
