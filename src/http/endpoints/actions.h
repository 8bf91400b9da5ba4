#pragma once

#include "action/service.h"
#include "http/endpoints/sign_in.h"

/// The JSON contract of actions and approvals (`protocols.md` 6.1).
namespace sallyport::http {

/// The references live as long as the router.
struct Actions {
    SignIn sign_in;
    action::Service& actions;
    std::string public_origin;  ///< `https://id.example`
    /// Endpoint::authorization of clients; empty where there are none.
    std::function<Result<std::string>(const Request&)> authorization;
    /// Whether a client registered this redirect URI; empty where there are no clients.
    std::function<bool(const std::string& client, const std::string& uri)> redirects_to;

    Deadline deadline() const { return sign_in.deadline(); }

    using Function = Result<Response> (*)(const Actions&, const Call&);

    enum class Who { kPerson, kPersonOrClient };

    /// An endpoint whose handler is called with these parts.
    Endpoint endpoint(std::string method, std::string pattern, Function function, Who who) const;
};

/// /api/v1/actions and below, without grants.
void addActionEndpoints(Router& router, const Actions& parts);

/// The action document.
Json actionDocument(const action::View& view, const std::string& public_origin);

}  // namespace sallyport::http
