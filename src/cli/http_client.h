#pragma once

#include "base/clock.h"
#include "base/public_url.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::cli {

struct HttpRequest {
    std::string method = "GET";
    std::string path;  ///< with the query, if there is one
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> body;  ///< of POST; JSON
};

struct HttpReply {
    int status = 0;
    std::string media_type;                ///< lower case, without parameters
    std::vector<std::string> set_cookies;  ///< each header as it came
    std::optional<int> retry_after;        ///< seconds
    std::string body;
};

/// Talks to one server: https with a verified certificate for that very name (the system's
/// authorities; OpenSSL's SSL_CERT_FILE names others), or http on loopback. Follows no redirect.
class HttpClient {
  public:
    static constexpr std::size_t kMostBody = std::size_t{1} << 20U;

    /// Errors: kInvalidRequest for a server that is neither.
    static Result<HttpClient> to(const PublicUrl& server);

    const PublicUrl& server() const { return server_; }

    /// One request on a connection of its own; waits at most `patience` for each piece of the
    /// answer. Errors: kUnavailable if the server cannot be reached, is not who it should be, or
    /// takes too long; kIntegrity for an answer that no Sallyport gives: a redirect, more than
    /// kMostBody.
    Result<HttpReply> send(const HttpRequest& request, Duration patience) const;

  private:
    explicit HttpClient(PublicUrl server) : server_(std::move(server)) {}

    PublicUrl server_;
};

}  // namespace sallyport::cli
