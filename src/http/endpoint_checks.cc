#include "http/endpoint_checks.h"

namespace sallyport::http {

namespace {

using MaybeProblem = std::optional<Problem>;

/// `application/json`, alone or with `charset=utf-8` (RFC 8259 knows no other).
bool isJsonMediaType(const std::string* value) {
    if (value == nullptr) return false;
    const std::string_view text(*value);
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    if (!equalsIgnoringCase(trimBlanks(text.substr(0, semicolon)), "application/json"))
        return false;
    if (semicolon == text.size()) return true;
    const std::string_view parameter = trimBlanks(text.substr(semicolon + 1));
    return equalsIgnoringCase(parameter, "charset=utf-8") ||
           equalsIgnoringCase(parameter, "charset=\"utf-8\"");
}

/// ASVS 3.5.1: only our own pages may act. `null` is what a sandboxed frame or a privacy redirect
/// sends, and equals nothing.
bool isOwnOrigin(const Headers& headers, const PublicUrl& public_url) {
    const std::string* origin = headers.find("Origin");
    if (origin == nullptr || *origin != public_url.origin()) return false;
    const std::string* site = headers.find("Sec-Fetch-Site");
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

/// Who is asking: by Authorization where the endpoint takes it, else by origin, cookie and token.
MaybeProblem checkCaller(const Endpoint& endpoint,
                         const Request& request,
                         const PublicUrl& public_url,
                         const CookiePolicy& cookie_policy) {
    const bool has_authorization = request.headers.find("Authorization") != nullptr;
    if (has_authorization && !request.cookies.empty()) return Problem::kBadRequest;
    if (has_authorization && endpoint.authorization != nullptr) {
        const Status authenticated = endpoint.authorization(request);
        return authenticated.has_value() ? std::nullopt
                                         : MaybeProblem(problemOf(authenticated.error().code));
    }
    if (!isOwnOrigin(request.headers, public_url)) return Problem::kBadOrigin;
    const MaybeProblem problem = checkCookie(endpoint, request);
    return problem.has_value() ? problem : checkCsrf(endpoint, request, cookie_policy);
}

}  // namespace

std::variant<Json, Problem> checkRequest(const Endpoint& endpoint,
                                         const Request& request,
                                         const PublicUrl& public_url,
                                         const CookiePolicy& cookie_policy) {
    if (request.isSafe()) {
        const MaybeProblem problem = checkCookie(endpoint, request);
        if (problem.has_value()) return *problem;
        return Json();
    }
    const bool takes_json = endpoint.body == Body::kJson;
    if (takes_json && !isJsonMediaType(request.headers.find("Content-Type")))
        return Problem::kUnsupportedMediaType;
    if (request.body.size() > (takes_json ? endpoint.max_body : 0)) return Problem::kTooLarge;
    const MaybeProblem problem = checkCaller(endpoint, request, public_url, cookie_policy);
    if (problem.has_value()) return *problem;
    if (!takes_json) return Json();
    Result<Json> body = Json::parse(request.body);
    if (!body.has_value()) return Problem::kMalformedJson;
    return *std::move(body);
}

}  // namespace sallyport::http
