#include "web/pages.h"

namespace sallyport::web {
namespace {

constexpr std::string_view kApprove = "/approve";

/// RFC 9110 13.1.2: `*`, or a list of tags; a weak one matches too.
bool hasTag(const std::string& condition, std::string_view etag) {
    return condition == "*" || condition.find(etag) != std::string::npos;
}

http::Response responseOf(const Asset& asset, const http::Request& request) {
    const auto* condition = request.headers.find("If-None-Match");
    const bool known = condition != nullptr && hasTag(*condition, asset.etag);
    auto response = http::Response::empty(known ? 304 : 200);
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("ETag", std::string(asset.etag));
    response.headers.add("Content-Security-Policy", std::string(kContentSecurityPolicy));
    if (known) return response;
    response.headers.add("Content-Type", std::string(asset.content_type));
    response.body = asset.body;
    return response;
}

http::Endpoint get(std::string_view path, http::Handler handler) {
    http::Endpoint endpoint;
    endpoint.method = "GET";
    endpoint.pattern = path;
    endpoint.handler = std::move(handler);
    endpoint.body = http::Body::kNone;
    return endpoint;
}

}  // namespace

const Asset* findAsset(std::string_view path) {
    for (const Asset& asset : assets()) {
        if (asset.path == path) return &asset;
    }
    return nullptr;
}

void registerPages(http::Router& router) {
    for (const Asset& asset : assets()) {
        router.add(get(asset.path, [&asset](const http::Call& call) -> Result<http::Response> {
            return responseOf(asset, call.request);
        }));
        if (asset.path != kApprove) continue;
        // The page reads the id from its address.
        router.add(
            get("/approve/{action}", [&asset](const http::Call& call) -> Result<http::Response> {
                return responseOf(asset, call.request);
            }));
    }
    router.add(get("/", [](const http::Call&) -> Result<http::Response> {
        return http::Response::seeOther("/login");
    }));
}

}  // namespace sallyport::web
