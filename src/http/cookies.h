#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "http/public_url.h"

#include <chrono>

#include <array>

namespace sallyport::http {

/// The cookies of this service; a name that is not here is somebody else's and is not read.
enum class Cookie {
    kLogin,    ///< binds a sign-in to its browser: Strict
    kSession,  ///< Lax, because Strict would lose single sign-on
    kKnown,    ///< a browser seen before: Strict
    kRequest,  ///< binds an authorization request: Lax
};

inline constexpr std::array kCookies = {
    Cookie::kLogin, Cookie::kSession, Cookie::kKnown, Cookie::kRequest};
inline constexpr std::chrono::seconds kLoginCookieLife = std::chrono::hours(24);
inline constexpr std::chrono::seconds kKnownCookieLife = std::chrono::hours(24 * 90);

/// What came in a Cookie header. Move-only, because it holds secrets.
class Cookies {
  public:
    /// Null if the browser did not send it.
    const Secret* find(Cookie cookie) const;

    bool empty() const;

  private:
    friend class CookiePolicy;
    std::array<Secret, kCookies.size()> values_;
};

/// A cookie that an answer sets, or removes (empty value).
struct SetCookie {
    Cookie cookie;
    Secret value;
    /// Absent: until the browser is closed.
    std::optional<std::chrono::seconds> max_age;

    static SetCookie removal(Cookie cookie) { return {cookie, Secret(), std::chrono::seconds(0)}; }
};

/// How cookies are named and written: `__Host-`, Secure, HttpOnly, SameSite, Path=/ (ASVS 3.3).
/// Only in profile `dev` on a loopback http URL the prefix and Secure go away, because Safari drops
/// such cookies there.
class CookiePolicy {
  public:
    CookiePolicy(const PublicUrl& public_url, bool profile_is_dev);

    /// The name on the wire: `__Host-sallyport-session`.
    std::string_view name(Cookie cookie) const;

    /// Reads our cookies from one Cookie header. Errors: kInvalidRequest if one of ours is there
    /// twice, is empty, quoted, longer than 4096 bytes, or has bytes that RFC 6265 4.1.1 does not
    /// allow. Foreign cookies are passed over whatever they hold.
    Result<Cookies> parse(std::string_view header) const;

    /// The value of a Set-Cookie header.
    std::string format(const SetCookie& cookie) const;

    /// `base64url(SHA-256(enc("sallyport/csrf/v1", cookie name, cookie value)))`, what X-CSRF-Token
    /// must repeat.
    std::string csrfToken(Cookie cookie, const Secret& value) const;

  private:
    bool bare_;
};

}  // namespace sallyport::http
