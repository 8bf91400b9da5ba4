#include "http/endpoints/keys.h"

namespace sallyport::http {
namespace {

constexpr std::size_t kMaxEmail = 320;
constexpr std::size_t kMaxShort = 64;

Result<Response> begin(const Keys& parts, const Call& call) {
    JsonReader reader(call.body);
    SALLYPORT_TRY(const auto email, reader.optionalString("email", kMaxEmail));
    SALLYPORT_TRY(const auto request_text, reader.optionalString("request", kMaxShort));
    SALLYPORT_CHECK(reader.finish());
    // Authorization requests come with the OpenID provider; until then none can be named.
    if (request_text.has_value())
        return fail(ErrorCode::kInvalidRequest, "no such authorization request");
    SALLYPORT_TRY(
        auto offer,
        parts.key_sign_in.begin(
            email, parts.sign_in.requester(call.request), call.channel(), parts.deadline()));
    Response response = Response::json(
        200,
        Json::Object{
            {"id", offer.id.text()},
            {"publicKey", std::move(offer.options)},
            {"csrf_token", call.cookie_policy.csrfToken(Cookie::kLogin, offer.login_cookie)}});
    if (offer.fresh_cookie) {
        response.cookies.push_back(
            {Cookie::kLogin, std::move(offer.login_cookie), kLoginCookieLife});
    }
    return response;
}

Result<Response> finish(const Keys& parts, const Call& call) {
    const auto id = CeremonyId::fromText(call.path("id"));
    if (!id) return problemResponse(Problem::kAssertionRefused);
    const Deadline until = parts.deadline();
    std::optional<session::Session> held;
    if (auto present = parts.sign_in.sessionOrLocked(call.request, until); present)
        held = std::move(*present);
    SALLYPORT_TRY(auto judged,
                  parts.key_sign_in.finish(
                      *id, call.body, parts.sign_in.requester(call.request), held, until));
    auto* opened = std::get_if<credential::SignIn::Opened>(&judged);
    if (opened == nullptr) return problemResponse(Problem::kAssertionRefused);
    Response response = Response::json(
        200,
        sessionDocument(opened->session,
                        opened->address,
                        call.cookie_policy.csrfToken(Cookie::kSession, opened->session_cookie)));
    response.cookies.push_back({Cookie::kSession, std::move(opened->session_cookie), std::nullopt});
    if (opened->known_cookie.has_value()) {
        response.cookies.push_back(
            {Cookie::kKnown, std::move(*opened->known_cookie), kKnownCookieLife});
    }
    return response;
}

}  // namespace

Endpoint Keys::endpoint(std::string method,
                        std::string pattern,
                        Function function,
                        std::optional<Cookie> cookie,
                        Body body) const {
    Endpoint made;
    made.method = std::move(method);
    made.pattern = std::move(pattern);
    made.handler = [parts = *this, function](const Call& call) { return function(parts, call); };
    made.cookie = cookie;
    made.body = body;
    return made;
}

void addKeySignInEndpoints(Router& router, const Keys& parts) {
    router.add(parts.endpoint("POST", "/api/v1/sign-in", begin, std::nullopt, Body::kJson));
    router.add(parts.endpoint("POST", "/api/v1/sign-in/{id}", finish, Cookie::kLogin, Body::kJson));
}

}  // namespace sallyport::http
