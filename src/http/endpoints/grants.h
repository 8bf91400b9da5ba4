#pragma once

#include "action/grant.h"
#include "http/endpoints/client_call.h"
#include "session/session.h"

/// Grants of relying parties' actions (`protocols.md` 5, 6.1).
namespace sallyport::http {

/// The references live as long as the router.
struct GrantCalls {
    action::Grants& grants;
    ClientCalls clients;
    /// The session of a person who is not locked: SignIn::session().
    std::function<Result<session::Session>(const Request&, Deadline)> session;

    Deadline deadline() const { return Deadline::after(clients.deadline); }
};

/// `POST /api/v1/actions/{id}/grant` and `POST /api/v1/grants/redeem`.
void addGrantEndpoints(Router& router, const GrantCalls& parts);

}  // namespace sallyport::http
