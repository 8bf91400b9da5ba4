#pragma once

#include "base/json.h"
#include "tests/journey/support/daemon.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace sallyport::test {

/// What came back, as sent.
struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first of that name (case does not matter), or empty.
    std::string header(std::string_view name) const;

    /// The parsed body; throws if it is no JSON.
    Json json() const;

    /// A string member of the body, or empty.
    std::string text(std::string_view member) const;

    /// `code` of a problem document, or empty.
    std::string code() const { return text("code"); }
};

/// A request that a test composes itself.
struct HttpQuestion {
    std::string method = "GET";
    std::string path = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// Replaces the header of that name, or adds it.
    HttpQuestion& set(const std::string& name, const std::string& value);

    HttpQuestion& remove(const std::string& name);
};

/// One person's browser over raw sockets: cookie jar, Origin, CSRF tokens. Every answer is appended
/// as a JSON line {method, path, status, headers, body} to the file that SALLYPORT_ANSWERS names.
class Browser {
  public:
    explicit Browser(const Daemon& daemon) : Browser(daemon, daemon.installation().port()) {}

    /// For another listener, as the operations one.
    Browser(const Daemon& daemon, std::uint16_t port) : daemon_(&daemon), port_(port) {}

    HttpAnswer get(const std::string& path) { return call("GET", path, std::nullopt); }

    HttpAnswer post(const std::string& path, const Json& body) { return call("POST", path, body); }

    HttpAnswer del(const std::string& path) { return call("DELETE", path, std::nullopt); }

    /// Asks for a link. The mail may come.
    HttpAnswer askForLink(std::string_view email) {
        return post("/api/v1/links", Json::Object{{"email", email}});
    }

    HttpAnswer redeem(const std::string& token) {
        return post("/api/v1/links/redeem", Json::Object{{"token", token}});
    }

    HttpAnswer relay(const std::string& code) {
        return post("/api/v1/links/relay", Json::Object{{"code", code}});
    }

    /// What get(), post() and del() send: with Host, cookies, Origin and token, for a test to
    /// spoil.
    HttpQuestion compose(const std::string& method,
                         const std::string& path,
                         const std::optional<Json>& body = std::nullopt) const;

    /// As composed: no cookie, Origin or token is added, but the jar is filled.
    HttpAnswer send(const HttpQuestion& question);

    /// By name as on the wire.
    std::map<std::string, std::string> cookies;
    std::string user_agent =
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0";
    /// The address that it connects from, 127.0.0.0/8.
    std::string source = "127.0.0.1";
    /// Of a TLS proxy on loopback that it speaks to instead; 0: to the daemon itself, in clear.
    std::uint16_t tls_port = 0;
    /// Added to each request: `X-Forwarded-For` of a proxy.
    std::vector<std::pair<std::string, std::string>> more_headers;

  private:
    HttpAnswer call(const std::string& method,
                    const std::string& path,
                    const std::optional<Json>& body) {
        return send(compose(method, path, body));
    }

    void remember(const HttpQuestion& question, const HttpAnswer& answer);

    const Daemon* daemon_;
    std::uint16_t port_;
    std::string links_csrf_;
    std::string session_csrf_;
};

}  // namespace sallyport::test
