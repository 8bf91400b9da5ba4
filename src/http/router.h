#pragma once

#include "base/json.h"
#include "http/problem.h"
#include "http/request.h"

#include <functional>

namespace sallyport::http {

/// What a handler gets: the request after every check of its endpoint.
struct Call {
    const Request& request;
    /// The parsed body; null for endpoints without one.
    const Json& body;
    const CookiePolicy& cookie_policy;
    /// The client whose Authorization header authenticated; absent where the caller came without
    /// one.
    std::optional<std::string> client = std::nullopt;

    /// By the Origin header; never `cli` where `webauthn.cli_origin` is off.
    Channel channel() const { return request.channel; }

    /// The value of a `{name}` segment.
    const std::string& path(std::string_view name) const;

    /// What a `csrf_token` member holds for a cookie that this browser already has; empty if it has
    /// none.
    std::string csrfToken(Cookie cookie) const;
};

/// Errors become problem documents by problemOf(); an endpoint with a code of its own returns
/// `problemResponse(Problem::…)`.
using Handler = std::function<Result<Response>(const Call&)>;

enum class Body {
    kNone,  ///< bytes are refused with 413
    kJson,  ///< `application/json`, parsed strictly
};

/// One endpoint with what must hold before its handler runs (`protocols.md` 6, order of checks).
struct Endpoint {
    std::string method;
    /// `/api/v1/sessions/{id}`: exact segments and named ones.
    std::string pattern;
    Handler handler;

    /// The cookie that it uses: must be there (else 401, under /api/v1/links 409 `wrong_browser`),
    /// and an unsafe method needs the X-CSRF-Token of it. Absent: anybody may call; the handler may
    /// still look at cookies.
    std::optional<Cookie> cookie;
    /// Of unsafe methods; safe ones have none.
    Body body = Body::kJson;
    std::size_t max_body = std::size_t{64} * 1024;
    /// Set where a client may call with an Authorization header in place of cookie, Origin and CSRF
    /// token: the id of the client that it authenticates. Asked once a request.
    std::function<Result<std::string>(const Request&)> authorization;
};

/// Finds endpoints. Filled before the server starts, then read by all workers.
class Router {
  public:
    /// Aborts if method and pattern are there already: a mistake in the program.
    void add(Endpoint endpoint);

    struct Match {
        /// Null if nothing matches.
        const Endpoint* endpoint = nullptr;
        PathParameters parameters;
        /// The methods of the path if it is known but the method is not: the value of Allow.
        std::string allow;
    };

    /// HEAD finds the GET endpoint. An exact segment is preferred to a named one.
    Match find(std::string_view method, std::string_view path) const;

    /// Every endpoint, until one is added: what a test of all of them goes through.
    std::vector<const Endpoint*> endpoints() const;

  private:
    struct Route {
        std::vector<std::string> segments;
        std::vector<Endpoint> endpoints;
    };

    std::vector<Route> routes_;
};

}  // namespace sallyport::http
