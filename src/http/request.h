#pragma once

#include "base/channel.h"
#include "http/cookies.h"
#include "http/headers.h"
#include "http/ip_address.h"

#include <map>
#include <optional>

namespace sallyport::http {

/// Values of the `{name}` segments of a route.
using PathParameters = std::map<std::string, std::string, std::less<>>;

/// One request as the guard let it pass. What the gate resolves is empty before.
struct Request {
    std::string method;
    /// Decoded; printable ASCII, starts with "/", no dot segments.
    std::string path;
    /// As sent, without "?"; characters of RFC 3986 3.4 only.
    std::string query;
    /// Cookie is not among them (see `cookies`), X-Forwarded-* and Forwarded never; Client-Cert
    /// only from a trusted proxy.
    Headers headers;
    std::string body;
    /// The other end of the connection; absent on a unix socket.
    std::optional<IpAddress> peer;

    /// Resolved by the gate: our cookies.
    Cookies cookies;
    /// Resolved by the gate: who asks, behind trusted proxies; absent if only "somebody on the unix
    /// socket" is known.
    std::optional<IpAddress> client;
    /// Resolved by the gate: `client->sourceKey()`, or "unix". What limits count.
    std::string source;
    /// Resolved by the gate: where the caller says that he is, by his Origin header. A claim: the
    /// verified origin of a ceremony's client data must say the same.
    Channel channel = Channel::kBrowser;
    /// Resolved by the router.
    PathParameters path_parameters;

    bool isSafe() const { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }
};

}  // namespace sallyport::http
