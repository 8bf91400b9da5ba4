#include "http/endpoints/sign_in.h"

namespace sallyport::http {
namespace {

Result<Response> show(const SignIn& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sessionOrLocked(call.request, until));
    SALLYPORT_TRY(const Secret address, parts.sessions.addressOf(session, until));
    return Response::json(200, sessionDocument(session, address, call.csrfToken(Cookie::kSession)));
}

Response ended() {
    Response response = Response::noContent();
    response.cookies.push_back(SetCookie::removal(Cookie::kSession));
    return response;
}

Result<Response> signOut(const SignIn& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sessionOrLocked(call.request, until));
    SALLYPORT_CHECK(parts.sessions.end(session, session.id(), until));
    return ended();
}

Result<Response> list(const SignIn& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.session(call.request, until));
    SALLYPORT_TRY(const auto sessions, parts.sessions.list(session, until));
    Json::Array lines;
    for (const auto& line : sessions) {
        lines.emplace_back(Json::Object{{"id", line.id.text()},
                                        {"kind", mint::name(line.kind)},
                                        {"auth_time", rfc3339(line.auth_time)},
                                        {"last_seen_at", rfc3339(line.last_seen)},
                                        {"expires_at", rfc3339(line.expires)},
                                        {"browser", line.browser},
                                        {"current", line.id == session.id()}});
    }
    return Response::json(200, Json::Object{{"sessions", std::move(lines)}});
}

Result<Response> endOne(const SignIn& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.session(call.request, until));
    const auto id = SessionId::fromText(call.path("id"));
    if (!id) return problemResponse(Problem::kNotFound);
    SALLYPORT_CHECK(parts.sessions.end(session, *id, until));
    return *id == session.id() ? ended() : Response::noContent();
}

}  // namespace

void addSessionEndpoints(Router& router, const SignIn& parts) {
    router.add(parts.endpoint("GET", "/api/v1/session", show, Cookie::kSession, Body::kNone));
    router.add(parts.endpoint("DELETE", "/api/v1/session", signOut, Cookie::kSession, Body::kNone));
    router.add(parts.endpoint("GET", "/api/v1/sessions", list, Cookie::kSession, Body::kNone));
    router.add(
        parts.endpoint("DELETE", "/api/v1/sessions/{id}", endOne, Cookie::kSession, Body::kNone));
}

}  // namespace sallyport::http
