#include "http/router.h"

#include <algorithm>

namespace sallyport::http {

namespace {

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    std::size_t start = 1;  // after the leading slash
    while (start <= path.size()) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        segments.emplace_back(path.substr(start, end - start));
        start = end + 1;
    }
    return segments;
}

bool isNamed(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Absent if the path does not match.
std::optional<PathParameters> match(const std::vector<std::string>& pattern,
                                    const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    PathParameters parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (isNamed(pattern[i])) {
            if (path[i].empty()) return std::nullopt;
            parameters.emplace(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return parameters;
}

std::string allowed(const std::vector<Endpoint>& endpoints) {
    std::string allow;
    for (const Endpoint& endpoint : endpoints) {
        if (!allow.empty()) allow += ", ";
        allow += endpoint.method;
        if (endpoint.method == "GET") allow += ", HEAD";
    }
    return allow;
}

}  // namespace

const std::string& Call::path(std::string_view name) const {
    const auto found = request.path_parameters.find(name);
    SALLYPORT_ASSERT(found != request.path_parameters.end());
    return found->second;
}

std::string Call::csrfToken(Cookie cookie) const {
    const Secret* value = request.cookies.find(cookie);
    return value == nullptr ? std::string() : cookie_policy.csrfToken(cookie, *value);
}

void Router::add(Endpoint endpoint) {
    SALLYPORT_ASSERT(endpoint.pattern.starts_with('/') && endpoint.handler != nullptr);
    std::vector<std::string> segments = split(endpoint.pattern);
    auto route = std::find_if(routes_.begin(), routes_.end(), [&segments](const Route& existing) {
        return existing.segments == segments;
    });
    if (route == routes_.end()) {
        // More exact segments first, so that the first match is the best one.
        const auto named = std::count_if(segments.begin(), segments.end(), isNamed);
        const auto place =
            std::find_if(routes_.begin(), routes_.end(), [named](const Route& existing) {
                return std::count_if(existing.segments.begin(), existing.segments.end(), isNamed) >
                       named;
            });
        route = routes_.insert(place, Route{std::move(segments), {}});
    }
    const bool known = std::any_of(
        route->endpoints.begin(), route->endpoints.end(), [&endpoint](const Endpoint& existing) {
            return existing.method == endpoint.method;
        });
    SALLYPORT_ASSERT(!known);
    route->endpoints.push_back(std::move(endpoint));
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    const std::vector<std::string> segments = split(path);
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    for (const Route& route : routes_) {
        std::optional<PathParameters> parameters = match(route.segments, segments);
        if (!parameters.has_value()) continue;
        for (const Endpoint& endpoint : route.endpoints) {
            if (endpoint.method == wanted) return {&endpoint, *std::move(parameters), {}};
        }
        return {nullptr, {}, allowed(route.endpoints)};
    }
    return {};
}

std::vector<const Endpoint*> Router::endpoints() const {
    std::vector<const Endpoint*> all;
    for (const Route& route : routes_) {
        for (const Endpoint& endpoint : route.endpoints) all.push_back(&endpoint);
    }
    return all;
}

}  // namespace sallyport::http
