#pragma once

#include "http/public_url.h"
#include "http/router.h"

#include <variant>

namespace sallyport::http {

/// The order of checks of `protocols.md` 6 for a request whose endpoint the router has found: media
/// type, size, origin, cookie, CSRF token, JSON. Safe methods need the cookie only. What is left to
/// the handler are the rules. On success: the parsed body (null for endpoints without one).
std::variant<Json, Problem> checkRequest(const Endpoint& endpoint,
                                         const Request& request,
                                         const PublicUrl& public_url,
                                         const CookiePolicy& cookie_policy);

}  // namespace sallyport::http
