#include "http/endpoints/keys.h"

namespace sallyport::http {
namespace {

Result<Response> list(const Keys& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sign_in.session(call.request, until));
    SALLYPORT_TRY(const auto keys, parts.own_keys.list(session, until));
    Json::Array lines;
    for (const auto& key : keys) lines.push_back(key.json());
    return Response::json(200, Json::Object{{"credentials", std::move(lines)}});
}

Result<Response> reportLost(const Keys& parts, const Call& call) {
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sign_in.session(call.request, until));
    const auto id = CredentialId::fromText(call.path("id"));
    if (!id) return problemResponse(Problem::kNotFound);
    SALLYPORT_CHECK(parts.own_keys.reportLost(session, *id, until));
    return Response::noContent();
}

}  // namespace

void addCredentialEndpoints(Router& router, const Keys& parts) {
    router.add(parts.endpoint("GET", "/api/v1/credentials", list, Cookie::kSession, Body::kNone));
    router.add(parts.endpoint(
        "POST", "/api/v1/credentials/{id}/report-lost", reportLost, Cookie::kSession, Body::kJson));
}

}  // namespace sallyport::http
