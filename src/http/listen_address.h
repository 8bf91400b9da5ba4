#pragma once

#include "http/ip_address.h"

#include <optional>

namespace sallyport::http {

/// Where a listener listens.
struct ListenAddress {
    /// Absent for a unix socket.
    std::optional<IpAddress> ip;
    std::uint16_t port = 0;
    std::string unix_path;

    /// `127.0.0.1:8080`, `[::1]:0` (port 0: any free one) or `unix:/run/sallyport/http.sock`.
    /// Errors: kInvalidRequest for anything else, names included: what a name means may change
    /// under a running service.
    static Result<ListenAddress> parse(std::string_view text);

    bool isUnix() const { return !ip.has_value(); }

    /// Reachable from this host only.
    bool isLocal() const { return isUnix() || ip->isLoopback(); }
};

}  // namespace sallyport::http
