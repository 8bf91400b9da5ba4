#pragma once

#include "base/result.h"

#include <cstdint>

namespace sallyport {

/// `public_url`: the only source of scheme and host (never the connection, the peer or a Host
/// header).
class PublicUrl {
  public:
    /// `http://` or `https://`, a host (A-label, IPv4 or bracketed IPv6) in lower case and an
    /// optional port that is not the scheme's own; no path but "/". Errors: kInvalidRequest, saying
    /// what is wrong.
    static Result<PublicUrl> parse(std::string_view text);

    /// RFC 6454 serialization, `https://id.example` or `http://localhost:8080`: what Origin must
    /// equal.
    const std::string& origin() const { return origin_; }

    /// `id.example` or `localhost:8080`: what Host must equal.
    const std::string& authority() const { return authority_; }

    /// Without the port; IPv6 in brackets.
    const std::string& host() const { return host_; }

    bool isHttps() const { return https_; }

    /// `http://` on localhost, 127.0.0.1 or [::1].
    bool isLoopbackHttp() const;

  private:
    PublicUrl() = default;

    bool https_ = false;
    std::string host_;
    std::string authority_;
    std::string origin_;
};

}  // namespace sallyport
