#pragma once

#include "http/router.h"
#include "link/service.h"

#include <vector>

/// The JSON contract of links and sessions (`protocols.md` 6.1).
namespace sallyport::http {

/// A block of addresses behind which many people sit (`limits.shared_sources`).
struct SharedSource {
    IpAddress network;
    unsigned prefix;
};

struct SignInOptions {
    std::vector<SharedSource> shared_sources;
    Duration deadline = std::chrono::seconds(5);
};

/// The references and `options` live as long as the router.
struct SignIn {
    link::Service& links;
    session::Service& sessions;
    const SignInOptions& options;

    Deadline deadline() const { return Deadline::after(options.deadline); }

    using Function = Result<Response> (*)(const SignIn&, const Call&);

    /// An endpoint whose handler is called with these parts.
    Endpoint endpoint(std::string method,
                      std::string pattern,
                      Function function,
                      std::optional<Cookie> cookie,
                      Body body) const;

    /// Who asks: source, browser and the two cookies that links look at.
    link::Requester requester(const Request& request) const;

    /// The session of the request's cookie, for everything that a locked one may not do. Errors:
    /// kUnauthenticated, kLocked, kUnavailable.
    Result<session::Session> session(const Request& request, Deadline until) const;

    /// The same for `GET` and `DELETE /session` and for a sign-in, which take a locked one too.
    Result<session::Session> sessionOrLocked(const Request& request, Deadline until) const;
};

/// /api/v1/links and below.
void addLinkEndpoints(Router& router, const SignIn& parts);

/// /api/v1/session and /api/v1/sessions.
void addSessionEndpoints(Router& router, const SignIn& parts);

/// The session document of `GET /api/v1/session`.
Json sessionDocument(const session::Session& session,
                     const Secret& address,
                     std::string csrf_token);

}  // namespace sallyport::http
