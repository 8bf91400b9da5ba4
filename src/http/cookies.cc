#include "http/cookies.h"

#include "base/base64url.h"
#include "base/canonical.h"
#include "http/headers.h"

#include <algorithm>

namespace sallyport::http {

namespace {

constexpr std::string_view kHostPrefix = "__Host-";
constexpr std::size_t kMaxValueBytes = 4096;

struct CookieInfo {
    Cookie cookie;
    std::string_view name;  ///< with the prefix
    std::string_view same_site;
};

constexpr std::array kTable = {
    CookieInfo{Cookie::kLogin, "__Host-sallyport-login", "Strict"},
    CookieInfo{Cookie::kSession, "__Host-sallyport-session", "Lax"},
    CookieInfo{Cookie::kKnown, "__Host-sallyport-known", "Strict"},
    CookieInfo{Cookie::kRequest, "__Host-sallyport-request", "Lax"},
};
static_assert(kTable.size() == kCookies.size());

const CookieInfo& infoOf(Cookie cookie) {
    return kTable[static_cast<std::size_t>(cookie)];
}

/// RFC 6265 4.1.1 cookie-octet.
bool isCookieOctet(char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

}  // namespace

const Secret* Cookies::find(Cookie cookie) const {
    const Secret& value = values_[static_cast<std::size_t>(cookie)];
    return value.empty() ? nullptr : &value;
}

bool Cookies::empty() const {
    return std::all_of(
        values_.begin(), values_.end(), [](const Secret& value) { return value.empty(); });
}

CookiePolicy::CookiePolicy(const PublicUrl& public_url, bool profile_is_dev)
    : bare_(profile_is_dev && public_url.isLoopbackHttp()) {}

std::string_view CookiePolicy::name(Cookie cookie) const {
    const std::string_view full = infoOf(cookie).name;
    return bare_ ? full.substr(kHostPrefix.size()) : full;
}

Result<Cookies> CookiePolicy::parse(std::string_view header) const {
    Cookies cookies;
    while (!header.empty()) {
        const std::size_t end = std::min(header.find(';'), header.size());
        const std::string_view pair = trimBlanks(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));

        const std::size_t equals = pair.find('=');
        const auto ours = std::find_if(kCookies.begin(), kCookies.end(), [&](Cookie cookie) {
            return pair.substr(0, equals) == name(cookie);
        });
        if (ours == kCookies.end()) continue;
        Secret& value = cookies.values_[static_cast<std::size_t>(*ours)];
        if (!value.empty())
            return fail(ErrorCode::kInvalidRequest, "a cookie of ours is there twice");
        const std::string_view text =
            equals == std::string_view::npos ? "" : pair.substr(equals + 1);
        if (text.empty() || text.size() > kMaxValueBytes ||
            !std::all_of(text.begin(), text.end(), isCookieOctet)) {
            return fail(ErrorCode::kInvalidRequest, "a cookie of ours has no well-formed value");
        }
        value = Secret(text);
    }
    return cookies;
}

std::string CookiePolicy::format(const SetCookie& cookie) const {
    std::string line(name(cookie.cookie));
    line += '=';
    line += cookie.value.exposeText();
    line += "; Path=/; HttpOnly; SameSite=";
    line += infoOf(cookie.cookie).same_site;
    if (!bare_) line += "; Secure";
    if (cookie.max_age.has_value()) line += "; Max-Age=" + std::to_string(cookie.max_age->count());
    return line;
}

std::string CookiePolicy::csrfToken(Cookie cookie, const Secret& value) const {
    const Bytes encoded =
        Canonical("sallyport/csrf/v1").add(name(cookie)).add(value.expose()).finish();
    return base64url::encode(sha256(encoded));
}

}  // namespace sallyport::http
