#include "http/gate.h"

#include "http/endpoint_checks.h"
#include "http/security_headers.h"

#include <typeinfo>

namespace sallyport::http {

namespace {

/// Methods come from strangers: only known ones become log values and metric labels.
std::string_view knownMethod(std::string_view method) {
    for (const std::string_view known :
         {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        if (method == known) return known;
    }
    return "other";
}

bool concernsOperator(ErrorCode code) {
    return code == ErrorCode::kUnavailable || code == ErrorCode::kIntegrity ||
           code == ErrorCode::kInternal;
}

}  // namespace

Gate::Gate(Options options, const Router& router, Random& random, Log& log, Metrics& metrics)
    : options_(std::move(options)),
      router_(router),
      random_(random),
      log_(log),
      metrics_(metrics) {}

Response Gate::handle(Request request) {
    const TraceScope trace(random_);
    const auto started = Deadline::Clock::now();
    std::string_view route = "unmatched";
    Response response = answer(request, route);
    finish(response);

    const Duration taken = std::chrono::duration_cast<Duration>(Deadline::Clock::now() - started);
    const std::string_view method = knownMethod(request.method);
    log_.info("http.request",
              {{"method", method},
               {"route", route},
               {"status", response.status},
               {"micros", taken.count()}});
    metrics_.count(
        "sallyport_http_requests_total",
        {{"method", method}, {"route", route}, {"status", std::to_string(response.status)}});
    metrics_.observe("sallyport_http_request_seconds",
                     {{"method", method}, {"route", route}},
                     std::chrono::duration<double>(taken).count());
    return response;
}

Response Gate::refuse(const Refusal& refusal) {
    const TraceScope trace(random_);
    Response response = problemResponse(refusal.problem);
    finish(response);
    log_.info("http.refused", {{"reason", refusal.reason}, {"status", response.status}});
    metrics_.count("sallyport_http_refused_total", {{"reason", refusal.reason}});
    return response;
}

Response Gate::answer(Request& request, std::string_view& route) {
    options_.trusted_proxies.resolveClient(request);
    const std::string* host = request.headers.find("Host");
    if (host == nullptr || !equalsIgnoringCase(*host, options_.public_url.authority())) {
        return problemResponse(Problem::kWrongHost);
    }
    if (const std::string* header = request.headers.find("Cookie"); header != nullptr) {
        Result<Cookies> cookies = options_.cookie_policy.parse(*header);
        if (!cookies.has_value()) return problemResponse(Problem::kBadRequest);
        request.cookies = *std::move(cookies);
        request.headers.remove("Cookie");
    }
    Router::Match match = router_.find(request.method, request.path);
    if (match.endpoint == nullptr) {
        if (match.allow.empty()) return problemResponse(Problem::kNotFound);
        Response response = problemResponse(Problem::kMethodNotAllowed);
        response.headers.set("Allow", match.allow);
        return response;
    }
    route = match.endpoint->pattern;
    request.path_parameters = std::move(match.parameters);
    if (options_.cli_origin) request.channel = channelOf(request.headers, options_.public_url);
    return call(*match.endpoint, request);
}

Response Gate::call(const Endpoint& endpoint, const Request& request) {
    try {
        const std::variant<Checked, Problem> outcome =
            checkRequest(endpoint, request, options_.public_url, options_.cookie_policy);
        if (const Problem* problem = std::get_if<Problem>(&outcome); problem != nullptr) {
            return problemResponse(*problem);
        }
        const auto& checked = std::get<Checked>(outcome);
        return run(endpoint, Call{request, checked.body, options_.cookie_policy, checked.client});
    } catch (const std::exception& exception) {
        // The last resort (ASVS 16.5.4). Its text may hold anything, so only its type is written
        // down.
        log_.error("http.handler_threw",
                   {{"route", endpoint.pattern}, {"type", typeid(exception).name()}});
    } catch (...) {
        log_.error("http.handler_threw", {{"route", endpoint.pattern}, {"type", "unknown"}});
    }
    return problemResponse(Problem::kInternal);
}

Response Gate::run(const Endpoint& endpoint, const Call& call) {
    Result<Response> result = endpoint.handler(call);
    if (result.has_value()) return *std::move(result);
    if (concernsOperator(result.error().code)) log_.failure("http.failed", result.error());
    return problemResponse(result.error());
}

void Gate::finish(Response& response) const {
    for (const SetCookie& cookie : response.cookies) {
        response.headers.add("Set-Cookie", options_.cookie_policy.format(cookie));
    }
    response.cookies.clear();
    addSecurityHeaders(response, options_.public_url.isHttps());
}

}  // namespace sallyport::http
