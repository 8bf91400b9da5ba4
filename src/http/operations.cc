#include "http/operations.h"

#include "http/security_headers.h"

#include <algorithm>

namespace sallyport::http {

namespace {

Response plainText(std::string body, std::string_view type) {
    Response response = Response::empty(200);
    response.headers.add("Content-Type", std::string(type));
    response.body = std::move(body);
    return response;
}

/// A check is somebody else's code.
Status runCheck(const Dependency& dependency) {
    try {
        return dependency.check();
    } catch (...) {
        return fail(ErrorCode::kInternal, "the check itself failed");
    }
}

}  // namespace

Operations::Operations(std::vector<Dependency> dependencies,
                       std::vector<std::string> notices,
                       const PrometheusMetrics& metrics,
                       Random& random)
    : dependencies_(std::move(dependencies)),
      notices_(std::move(notices)),
      metrics_(metrics),
      random_(random) {}

Response Operations::handle(Request request) {
    const TraceScope trace(random_);
    Response response = answer(request);
    addSecurityHeaders(response, false);
    return response;
}

Response Operations::refuse(const Refusal& refusal) {
    const TraceScope trace(random_);
    Response response = problemResponse(refusal.problem);
    addSecurityHeaders(response, false);
    return response;
}

Response Operations::answer(const Request& request) const {
    const auto known = std::find(kOperationsPaths.begin(), kOperationsPaths.end(), request.path);
    if (known == kOperationsPaths.end()) return problemResponse(Problem::kNotFound);
    if (request.method != "GET" && request.method != "HEAD") {
        Response response = problemResponse(Problem::kMethodNotAllowed);
        response.headers.set("Allow", "GET, HEAD");
        return response;
    }
    if (request.path == "/readyz") return ready();
    if (request.path == "/livez") return plainText("alive\n", "text/plain; charset=utf-8");
    return plainText(metrics_.text(), "text/plain; version=0.0.4; charset=utf-8");
}

Response Operations::ready() const {
    bool all_ready = true;
    Json::Object dependencies;
    for (const Dependency& dependency : dependencies_) {
        const Status status = runCheck(dependency);
        Json::Object state = {{"state", status.has_value() ? "ok" : "failed"}};
        if (!status.has_value()) {
            all_ready = false;
            state.emplace("code", name(status.error().code));
            state.emplace("reason", status.error().detail);
        }
        dependencies.emplace(dependency.name, std::move(state));
    }
    Json::Array notices(notices_.begin(), notices_.end());
    Response response = Response::json(all_ready ? 200 : 503,
                                       Json::Object{{"status", all_ready ? "ready" : "unready"},
                                                    {"dependencies", std::move(dependencies)},
                                                    {"notices", std::move(notices)}});
    if (!all_ready) response.headers.set("Retry-After", "5");
    return response;
}

}  // namespace sallyport::http
