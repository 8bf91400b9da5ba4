#pragma once

#include "http/public_url.h"
#include "http/router.h"

#include <variant>

namespace sallyport::http {

/// What the checks found.
struct Checked {
    Json body;                          ///< null for endpoints without one
    std::optional<std::string> client;  ///< whom the Authorization header authenticated
};

/// Where the caller says that he is: `cli` for the Origin `sallyport-cli:<public origin>`, which no
/// browser sends.
Channel channelOf(const Headers& headers, const PublicUrl& public_url);

/// The order of checks of `protocols.md` 6 for a request whose endpoint the router has found: media
/// type, size, origin, cookie, CSRF token, JSON; where the endpoint takes clients, an Authorization
/// header stands for origin, cookie and token. Safe methods need the cookie or the header only.
/// What is left to the handler are the rules.
std::variant<Checked, Problem> checkRequest(const Endpoint& endpoint,
                                            const Request& request,
                                            const PublicUrl& public_url,
                                            const CookiePolicy& cookie_policy);

}  // namespace sallyport::http
