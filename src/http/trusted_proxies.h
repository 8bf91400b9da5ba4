#pragma once

#include "http/request.h"

#include <span>

namespace sallyport::http {

/// Whose word about the client is believed (`http.trusted_proxies`).
class TrustedProxies {
  public:
    /// Nobody.
    TrustedProxies() = default;

    /// Each entry is an address, a CIDR block (`10.0.0.0/8`, `2001:db8::/32`) or `unix`: whoever
    /// may write to our unix socket. Errors: kInvalidRequest, naming the entry; also for a block
    /// with bits set behind its prefix, which is a typing mistake.
    static Result<TrustedProxies> parse(std::span<const std::string> entries);

    /// `peer` is absent for a unix socket.
    bool trusts(const std::optional<IpAddress>& peer) const;

    /// Fills `client` and `source` of the request, and strips what it must not be believed for:
    /// Forwarded and X-Forwarded-* always (they are read here only), Client-Cert (RFC 9440) unless
    /// a trusted proxy sent it. The client is the right-most hop of X-Forwarded-For that is not a
    /// trusted proxy; what stands left of it anybody can write.
    void resolveClient(Request& request) const;

  private:
    struct Block {
        IpAddress network;
        unsigned prefix;
    };

    static Result<Block> parseBlock(std::string_view entry);
    bool contains(const IpAddress& address) const;

    std::vector<Block> blocks_;
    bool unix_ = false;
};

}  // namespace sallyport::http
