#include "account/address.h"

#include "base/utf8.h"

#include <idn2.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace sallyport::account {
namespace {

constexpr std::size_t kMaxTyped = 512;    // a domain in UTF-8 may be longer than its A-labels
constexpr std::size_t kMaxAddress = 254;  // RFC 3696 erratum 1690: a path of 256 without brackets
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxDomain = 255;
constexpr std::size_t kMaxLabel = 63;

/// UTS 46 as browsers do it; NFC first, because nobody types in a normal form. Without
/// IDN2_USE_STD3_ASCII_RULES, which drops an `@` or a comma in silence: what is no host name is
/// refused afterwards.
constexpr int kIdnaFlags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;

Error refused() {
    return fail(ErrorCode::kInvalidRequest, "not one mail address");
}

bool isLower(char c) {
    return c >= 'a' && c <= 'z';
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isAscii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

char folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// RFC 5322 3.2.3 atext, after folding. No quote, comma, semicolon, bracket, parenthesis,
/// backslash, space or control character is one.
bool isAtext(char c) {
    return isLower(c) || isDigit(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

struct FreeIdn {
    void operator()(char* text) const { idn2_free(text); }
};

using IdnText = std::unique_ptr<char, FreeIdn>;

IdnText toAscii(const std::string& text) {
    char* ascii = nullptr;
    if (idn2_to_ascii_8z(text.c_str(), &ascii, kIdnaFlags) != IDN2_OK) return nullptr;
    return IdnText(ascii);
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (auto dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
        parts.push_back(text.substr(0, dot));
        text.remove_prefix(dot + 1);
    }
    parts.push_back(text);
    return parts;
}

/// Beyond ASCII only what IDNA 2008 would let stand in a name, and that in its one spelling: no
/// controls, no invisible or look-alike forms, no second normal form.
bool isInternationalAtom(std::string_view atom) {
    std::string label(atom);
    for (char& c : label) {
        if (isAscii(c) && !isLower(c) && !isDigit(c)) c = 'a';
    }
    const IdnText ascii = toAscii(label);
    if (ascii == nullptr) return false;
    char* back = nullptr;
    if (idn2_to_unicode_8z8z(ascii.get(), &back, 0) != IDN2_OK) return false;
    return label == IdnText(back).get();
}

/// dot-atom (RFC 5321 4.1.2: Dot-string), folded for ASCII only.
Result<std::string> localPart(std::string_view typed, bool international) {
    if (typed.size() > kMaxLocalPart) return refused();
    std::string local(typed);
    std::transform(local.begin(), local.end(), local.begin(), folded);
    for (const std::string_view atom : split(local)) {
        if (atom.empty()) return refused();
        const bool ascii = std::all_of(atom.begin(), atom.end(), isAscii);
        const bool allowed =
            std::all_of(atom.begin(), atom.end(), [](char c) { return !isAscii(c) || isAtext(c); });
        if (!allowed) return refused();
        if (!ascii && !(international && isInternationalAtom(atom))) return refused();
    }
    return local;
}

/// RFC 1123 2.1: letters, digits, and hyphens inside.
bool isHostLabel(std::string_view label) {
    if (label.empty() || label.size() > kMaxLabel) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return std::all_of(
        label.begin(), label.end(), [](char c) { return isLower(c) || isDigit(c) || c == '-'; });
}

Result<std::string> domain(std::string_view typed) {
    if (typed.empty()) return refused();
    std::string name(typed);
    std::transform(name.begin(), name.end(), name.begin(), folded);
    const IdnText ascii = toAscii(name);
    if (ascii == nullptr) return refused();
    name = ascii.get();
    if (name.size() > kMaxDomain) return refused();
    // Checked again, whatever the mapping made of it.
    const auto labels = split(name);
    if (!std::all_of(labels.begin(), labels.end(), isHostLabel)) return refused();
    // A single label is a machine of the local network; a number at the end is an IPv4 address.
    if (labels.size() < 2 || std::all_of(labels.back().begin(), labels.back().end(), isDigit))
        return refused();
    return name;
}

}  // namespace

Result<MailAddress> MailAddress::parse(std::string_view typed, const Options& options) {
    if (typed.size() > kMaxTyped || typed.find('\0') != std::string_view::npos || !isUtf8(typed))
        return refused();
    const auto at = typed.find('@');
    if (at == std::string_view::npos) return refused();
    // A second @ is no part of a dot-atom or a host name, so it is refused with the domain.
    SALLYPORT_TRY(std::string address,
                  localPart(typed.substr(0, at), options.international_local_part));
    SALLYPORT_TRY(const std::string host, domain(typed.substr(at + 1)));
    address += '@';
    address += host;
    if (address.size() > kMaxAddress) return refused();
    return MailAddress(Secret::take(std::move(address)));
}

}  // namespace sallyport::account
