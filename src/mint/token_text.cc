#include "mint/token_text.h"

#include <charconv>

#include <array>
#include <limits>

namespace sallyport::mint {

namespace {

constexpr std::size_t kTagSize = 32;
constexpr std::size_t kMostText = 160;

Error refused() {
    return fail(ErrorCode::kInvalidRequest, "no token of this kind");
}

/// Exactly N parts between dots.
template <std::size_t N>
std::optional<std::array<std::string_view, N>> split(std::string_view text) {
    if (text.size() > kMostText) return std::nullopt;
    std::array<std::string_view, N> parts;
    for (std::size_t i = 0; i + 1 < N; ++i) {
        const std::size_t dot = text.find('.');
        if (dot == std::string_view::npos) return std::nullopt;
        parts[i] = text.substr(0, dot);
        text.remove_prefix(dot + 1);
    }
    if (text.find('.') != std::string_view::npos) return std::nullopt;
    parts[N - 1] = text;
    return parts;
}

/// Decimal without sign or leading zero.
template <class Number>
std::optional<Number> number(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    if (text.front() == '0' && text.size() > 1) return std::nullopt;
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

Result<TokenText> token(std::string_view generation, std::string_view id, std::string_view tag) {
    const auto parsed = number<Generation>(generation);
    if (!parsed.has_value() || *parsed == 0) return refused();
    const auto parsed_id = TokenId::fromText(id);
    if (!parsed_id) return refused();
    auto decoded = base64url::decode(tag, kTagSize);
    if (!decoded || decoded->size() != kTagSize) return refused();
    TokenText text{*parsed, *parsed_id, Secret(ByteView(*decoded))};
    wipe(decoded->data(), decoded->size());
    return text;
}

/// `<prefix>.<gen>.<id>.<between><tag>`
Secret format(std::string_view prefix, const TokenText& token, std::string_view between) {
    SALLYPORT_ASSERT(token.tag.size() == kTagSize);
    std::string tag = base64url::encode(token.tag.expose());
    std::string text;
    // One allocation, so that no copy of the tag stays behind unwiped.
    text.reserve(kMostText);
    text.append(prefix).append(".").append(std::to_string(token.generation));
    text.append(".").append(token.id.text()).append(".").append(between).append(tag);
    wipe(tag.data(), tag.size());
    return Secret::take(std::move(text));
}

}  // namespace

Result<TokenText> parseToken(std::string_view prefix, std::string_view text) {
    const auto parts = split<4>(text);
    if (!parts.has_value() || (*parts)[0] != prefix) return refused();
    return token((*parts)[1], (*parts)[2], (*parts)[3]);
}

Secret formatToken(std::string_view prefix, const TokenText& token) {
    return format(prefix, token, "");
}

Result<KnownBrowserText> parseKnownBrowser(std::string_view text) {
    const auto parts = split<6>(text);
    if (!parts.has_value() || (*parts)[0] != kKnownBrowserPrefix) return refused();
    const auto issued = number<std::int64_t>((*parts)[3]);
    const auto expires = number<std::int64_t>((*parts)[4]);
    if (!issued.has_value() || !expires.has_value()) return refused();
    SALLYPORT_TRY(TokenText parsed, token((*parts)[1], (*parts)[2], (*parts)[5]));
    return KnownBrowserText{std::move(parsed), timeFromMicros(*issued), timeFromMicros(*expires)};
}

Secret formatKnownBrowser(const KnownBrowserText& known) {
    const std::string times =
        std::to_string(micros(known.issued)) + "." + std::to_string(micros(known.expires)) + ".";
    return format(kKnownBrowserPrefix, known.token, times);
}

}  // namespace sallyport::mint
