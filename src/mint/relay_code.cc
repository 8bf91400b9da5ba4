#include "mint/relay_code.h"

#include "mint/token_text.h"

#include <array>

namespace sallyport::mint {

namespace {

constexpr std::size_t kMostTyped = 64;

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

Secret relayCodeOf(const Digest& mac) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8U | mac[i];
    // The eight last digits of a number base 30 are the number mod 30^8.
    std::string code(kRelaySymbols, '\0');
    for (auto symbol = code.rbegin(); symbol != code.rend(); ++symbol) {
        *symbol = kRelayAlphabet[number % kRelayAlphabet.size()];
        number /= kRelayAlphabet.size();
    }
    return Secret::take(std::move(code));
}

Secret shownRelayCode(const Secret& code) {
    const std::string_view symbols = code.exposeText();
    std::string shown(symbols.substr(0, kRelaySymbols / 2));
    shown += '-';
    shown += symbols.substr(kRelaySymbols / 2);
    return Secret::take(std::move(shown));
}

Result<Secret> parseRelayCode(std::string_view typed) {
    const auto refused = [] { return fail(ErrorCode::kInvalidRequest, "no relay code"); };
    if (typed.size() > kMostTyped) return refused();
    std::string code;
    code.reserve(kRelaySymbols);
    for (const char c : typed) {
        if (c == ' ' || c == '-' || c == '\t') continue;
        const char symbol = upper(c);
        if (kRelayAlphabet.find(symbol) == std::string_view::npos || code.size() == kRelaySymbols) {
            wipe(code.data(), code.size());
            return refused();
        }
        code += symbol;
    }
    Secret parsed = Secret::take(std::move(code));
    if (parsed.size() != kRelaySymbols) return refused();
    return parsed;
}

}  // namespace sallyport::mint
