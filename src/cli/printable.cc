#include "cli/printable.h"

#include "base/utf8.h"

#include <charconv>

#include <array>

namespace sallyport::cli {
namespace {

void appendEscaped(std::string& out, char kind, std::uint32_t value) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    out += '\\';
    out += kind;
    out += '{';
    out.append(digits.data(), end);
    out += '}';
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        const auto point = takeCodePoint(text);
        if (!point) {
            appendEscaped(out, 'x', static_cast<unsigned char>(before.front()));
        } else if (!isPrintable(*point) && !(lines && *point == U'\n')) {
            appendEscaped(out, 'u', *point);
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    return out;
}

}  // namespace sallyport::cli
