#pragma once

#include "http/connection.h"
#include "http/trusted_proxies.h"

#include <Poco/Net/TCPServer.h>

namespace sallyport::http {

/// Runs in the accepting thread: counts a connection in, or answers it a real 503 with Retry-After
/// and lets it go. Never waits.
class ConnectionFilter final : public Poco::Net::TCPServerConnectionFilter {
  public:
    ConnectionFilter(const ConnectionContext& context, const TrustedProxies& trusted_proxies)
        : context_(context), trusted_proxies_(trusted_proxies) {}

    bool accept(const Poco::Net::StreamSocket& socket) override;

  private:
    const ConnectionContext& context_;
    const TrustedProxies& trusted_proxies_;
};

}  // namespace sallyport::http
