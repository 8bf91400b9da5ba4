#include "http/endpoints/jwks.h"

#include "action/issuer_keys.h"

namespace sallyport::http {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
// A key is published a day before it signs (`defaults.md`), so five minutes are early enough.
constexpr const char* kCacheControl = "public, max-age=300";

}  // namespace

Result<std::string> Jwks::document(Deadline deadline) {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    if (!document_.empty() && now >= read_at_ && now < read_at_ + kFresh) return document_;
    SALLYPORT_TRY(const auto keys, action::issuerKeys(mint_, deadline));
    Json::Array list;
    for (const token::PublicKey& key : keys) list.push_back(key.jwk());
    document_ = Json(Json::Object{{"keys", std::move(list)}}).text();
    read_at_ = now;
    return document_;
}

void Jwks::addTo(Router& router) {
    Endpoint endpoint;
    endpoint.method = "GET";
    endpoint.pattern = "/oauth2/jwks";
    endpoint.body = Body::kNone;
    endpoint.handler = [this](const Call&) -> Result<Response> {
        SALLYPORT_TRY(std::string text, document(Deadline::after(kPatience)));
        Response response;
        response.headers.set("Content-Type", "application/jwk-set+json");
        response.headers.set("Cache-Control", kCacheControl);
        response.body = std::move(text);
        return response;
    };
    router.add(std::move(endpoint));
}

}  // namespace sallyport::http
