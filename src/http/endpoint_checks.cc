#include "http/endpoint_checks.h"

namespace sallyport::http {

namespace {

using MaybeProblem = std::optional<Problem>;

/// ASVS 3.5.1: only our own pages may act, and the workstation client. `null` is what a sandboxed
/// frame or a privacy redirect sends, and equals nothing.
bool isOwnOrigin(const Request& request, const PublicUrl& public_url) {
    const std::string* site = request.headers.find("Sec-Fetch-Site");
    if (request.channel == Channel::kCli) return site == nullptr;  // only browsers send it
    const std::string* origin = request.headers.find("Origin");
    if (origin == nullptr || *origin != public_url.origin()) return false;
    return site == nullptr || *site == "same-origin";
}

MaybeProblem checkCookie(const Endpoint& endpoint, const Request& request) {
    if (!endpoint.cookie.has_value() || request.cookies.find(*endpoint.cookie) != nullptr)
        return std::nullopt;
    // Without the login cookie this is not the browser that asked for the link.
    return endpoint.pattern.starts_with("/api/v1/links/") ? Problem::kWrongBrowser
                                                          : Problem::kUnauthenticated;
}

MaybeProblem checkCsrf(const Endpoint& endpoint,
                       const Request& request,
                       const CookiePolicy& cookie_policy) {
    if (!endpoint.cookie.has_value()) return std::nullopt;
    const std::string* presented = request.headers.find("X-CSRF-Token");
    const std::string expected =
        cookie_policy.csrfToken(*endpoint.cookie, *request.cookies.find(*endpoint.cookie));
    if (presented == nullptr || !constantTimeEquals(asBytes(*presented), asBytes(expected)))
        return Problem::kBadCsrf;
    return std::nullopt;
}

/// Who is asking with an Authorization header, where the endpoint takes one.
std::variant<std::optional<std::string>, Problem> checkAuthorization(const Endpoint& endpoint,
                                                                     const Request& request) {
    if (request.headers.find("Authorization") == nullptr) return std::nullopt;
    if (request.isSafe() && endpoint.authorization == nullptr) return std::nullopt;
    if (!request.cookies.empty()) return Problem::kBadRequest;
    if (endpoint.authorization == nullptr) return std::nullopt;
    Result<std::string> client = endpoint.authorization(request);
    if (!client.has_value()) return problemOf(client.error().code);
    return std::optional<std::string>(*std::move(client));
}

/// The browser's or workstation's side: origin, cookie and token.
MaybeProblem checkBrowser(const Endpoint& endpoint,
                          const Request& request,
                          const PublicUrl& public_url,
                          const CookiePolicy& cookie_policy) {
    if (!request.isSafe() && !isOwnOrigin(request, public_url)) return Problem::kBadOrigin;
    const MaybeProblem problem = checkCookie(endpoint, request);
    if (problem.has_value() || request.isSafe()) return problem;
    return checkCsrf(endpoint, request, cookie_policy);
}

bool isJson(const std::string* content_type) {
    return content_type != nullptr && isUtf8MediaType(*content_type, "application/json");
}

/// Media type and size of an unsafe request.
MaybeProblem checkForm(const Endpoint& endpoint, const Request& request) {
    if (request.isSafe()) return std::nullopt;
    const bool takes_json = endpoint.body == Body::kJson;
    if (takes_json && !isJson(request.headers.find("Content-Type")))
        return Problem::kUnsupportedMediaType;
    if (request.body.size() > (takes_json ? endpoint.max_body : 0)) return Problem::kTooLarge;
    return std::nullopt;
}

}  // namespace

Channel channelOf(const Headers& headers, const PublicUrl& public_url) {
    const std::string* origin = headers.find("Origin");
    if (origin == nullptr) return Channel::kBrowser;
    return *origin == std::string(kCliOriginPrefix) + public_url.origin() ? Channel::kCli
                                                                          : Channel::kBrowser;
}

std::variant<Checked, Problem> checkRequest(const Endpoint& endpoint,
                                            const Request& request,
                                            const PublicUrl& public_url,
                                            const CookiePolicy& cookie_policy) {
    if (const MaybeProblem problem = checkForm(endpoint, request)) return *problem;
    Checked checked;
    auto authorization = checkAuthorization(endpoint, request);
    if (const auto* problem = std::get_if<Problem>(&authorization)) return *problem;
    checked.client = std::get<0>(std::move(authorization));
    if (!checked.client.has_value()) {
        if (const MaybeProblem problem = checkBrowser(endpoint, request, public_url, cookie_policy))
            return *problem;
    }
    if (request.isSafe() || endpoint.body == Body::kNone) return checked;
    Result<Json> body = Json::parse(request.body);
    if (!body.has_value()) return Problem::kMalformedJson;
    checked.body = *std::move(body);
    return checked;
}

}  // namespace sallyport::http
