#pragma once

#include "http/router.h"
#include "oauth/client_assertion.h"

namespace sallyport::http {

/// For endpoints that clients call beside people (`protocols.md` 5):
/// `endpoint.authorization = calls.authorization();`, and in the handler `calls.clientOf(call)`.
/// The references outlive the router; a copy is as good.
struct ClientCalls {
    oauth::ClientAssertions& assertions;
    const oauth::Clients& clients;
    Duration deadline = std::chrono::seconds(5);

    /// `Authorization: Bearer <RFC 7523 assertion>`, spent once per request before the handler
    /// runs.
    std::function<Result<std::string>(const Request&)> authorization() const;

    /// The client that called; null if a person did, by his session's cookie.
    const oauth::Client* clientOf(const Call& call) const;
};

/// What stands behind `Bearer ` (RFC 6750 2.1; the scheme in any case). Errors: kUnauthenticated.
Result<std::string_view> bearerOf(std::string_view authorization);

}  // namespace sallyport::http
