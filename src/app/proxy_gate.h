#pragma once

#include "http/request_handler.h"
#include "http/trusted_proxies.h"

namespace sallyport::app {

/// In front of the gate where plain HTTP is taken from trusted proxies alone (profile `standard`
/// beyond loopback): whoever else connects gets 403, whatever he asks.
class ProxyGate final : public http::RequestHandler {
  public:
    /// Both outlive this.
    ProxyGate(const http::TrustedProxies& proxies, http::RequestHandler& gate)
        : proxies_(proxies), gate_(gate) {}

    http::Response handle(http::Request request) override {
        if (proxies_.trusts(request.peer)) return gate_.handle(std::move(request));
        return gate_.refuse({http::Problem::kForbidden, "not from a trusted proxy"});
    }

    http::Response refuse(const http::Refusal& refusal) override { return gate_.refuse(refusal); }

  private:
    const http::TrustedProxies& proxies_;
    http::RequestHandler& gate_;
};

}  // namespace sallyport::app
