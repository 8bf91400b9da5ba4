#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "http/request_handler.h"
#include "http/router.h"
#include "http/trusted_proxies.h"

namespace sallyport::http {

/// The way of a public request from the guard to its handler and back: host, client, route, order
/// of checks, handler, security headers, one access line. A handler that throws is a 500, never the
/// end of the process.
class Gate final : public RequestHandler {
  public:
    struct Options {
        PublicUrl public_url;
        CookiePolicy cookie_policy;
        TrustedProxies trusted_proxies;
        /// Whether the workstation client's Origin is taken beside the public one
        /// (`webauthn.cli_origin`).
        bool cli_origin = false;
    };

    /// The references outlive the gate; `router` is not changed any more.
    Gate(Options options, const Router& router, Random& random, Log& log, Metrics& metrics);

    Response handle(Request request) override;
    Response refuse(const Refusal& refusal) override;

  private:
    Response answer(Request& request, std::string_view& route);
    Response call(const Endpoint& endpoint, const Request& request);
    Response run(const Endpoint& endpoint, const Call& call);
    void finish(Response& response) const;

    Options options_;
    const Router& router_;
    Random& random_;
    Log& log_;
    Metrics& metrics_;
};

}  // namespace sallyport::http
