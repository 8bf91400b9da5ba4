#include "http/endpoints/sign_in.h"

namespace sallyport::http {
namespace {

using link::Refusal;

// Longer than any token, code or address that could be right, and short enough to be read at once.
constexpr std::size_t kMaxEmail = 320;
constexpr std::size_t kMaxToken = 256;
constexpr std::size_t kMaxShort = 64;

Response refusalResponse(Refusal refusal) {
    switch (refusal) {
        case Refusal::kWrongBrowser:
            return problemResponse(Problem::kWrongBrowser);
        case Refusal::kExpired:
            return problemResponse(Problem::kLinkExpired);
        case Refusal::kUsed:
            return problemResponse(Problem::kLinkUsed);
        case Refusal::kReplaced:
            return problemResponse(Problem::kLinkReplaced);
        case Refusal::kInvalid:
            return problemResponse(Problem::kLinkInvalid);
    }
    return problemResponse(Problem::kInternal);
}

std::int64_t seconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

Response issuedResponse(link::Issued issued, const CookiePolicy& policy) {
    Response response = Response::json(
        202,
        Json::Object{{"request_tag", issued.request_tag},
                     {"expires_in", seconds(issued.expires_in)},
                     {"csrf_token", policy.csrfToken(Cookie::kLogin, issued.login_cookie)}});
    response.cookies.push_back({Cookie::kLogin, std::move(issued.login_cookie), kLoginCookieLife});
    return response;
}

/// The one string member of a small request object.
Result<std::string> onlyMember(const Json& body, std::string_view member, std::size_t max_bytes) {
    JsonReader reader(body);
    SALLYPORT_TRY(std::string value, reader.string(member, max_bytes));
    SALLYPORT_CHECK(reader.finish());
    return value;
}

Result<Response> issue(const SignIn& parts, const Call& call) {
    JsonReader reader(call.body);
    SALLYPORT_TRY(const std::string email, reader.string("email", kMaxEmail));
    SALLYPORT_TRY(const auto request_text, reader.optionalString("request", kMaxShort));
    SALLYPORT_CHECK(reader.finish());
    // Authorization requests come with the OpenID provider; until then none can be named.
    if (request_text.has_value())
        return fail(ErrorCode::kInvalidRequest, "no such authorization request");
    SALLYPORT_TRY(
        auto issued,
        parts.links.issue(email, std::nullopt, parts.requester(call.request), parts.deadline()));
    return issuedResponse(std::move(issued), call.cookie_policy);
}

Result<Response> again(const SignIn& parts, const Call& call) {
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    SALLYPORT_TRY(auto outcome, parts.links.again(parts.requester(call.request), parts.deadline()));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refusalResponse(*refusal);
    return issuedResponse(std::get<link::Issued>(std::move(outcome)), call.cookie_policy);
}

std::string_view name(link::Current::State state) {
    switch (state) {
        case link::Current::State::kWaiting:
            return "waiting";
        case link::Current::State::kRedeemed:
            return "redeemed";
        case link::Current::State::kExpired:
            return "expired";
    }
    return {};
}

Result<Response> current(const SignIn& parts, const Call& call) {
    SALLYPORT_TRY(const auto outcome,
                  parts.links.current(parts.requester(call.request), parts.deadline()));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refusalResponse(*refusal);
    const auto& now = std::get<link::Current>(outcome);
    return Response::json(200,
                          Json::Object{{"state", name(now.state)},
                                       {"request_tag", now.request_tag},
                                       {"expires_in", seconds(now.expires_in)},
                                       {"csrf_token", call.csrfToken(Cookie::kLogin)}});
}

Result<Response> inspect(const SignIn& parts, const Call& call) {
    SALLYPORT_TRY(const std::string token, onlyMember(call.body, "token", kMaxToken));
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto outcome,
                  parts.links.inspect(token, parts.requester(call.request), until));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refusalResponse(*refusal);
    const auto& link = std::get<link::Inspected>(outcome);
    Json::Object document{{"address", link.address.exposeText()},
                          {"client", nullptr},
                          {"expires_in", seconds(link.expires_in)}};
    const auto held = parts.sessionOrLocked(call.request, until);
    if (held && held->fields().account != link.account) {
        SALLYPORT_TRY(const Secret address, parts.sessions.addressOf(*held, until));
        document.emplace("replaces", address.exposeText());
    }
    return Response::json(200, std::move(document));
}

/// The session that this browser holds now, if it is a good one.
std::optional<SessionId> heldBy(const SignIn& parts, const Request& request, Deadline until) {
    const auto held = parts.sessionOrLocked(request, until);
    if (!held) return std::nullopt;
    return held->id();
}

Result<Response> signedIn(Result<link::Outcome<link::Redeemed>> result, const Call& call) {
    SALLYPORT_TRY(auto outcome, std::move(result));
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return refusalResponse(*refusal);
    auto& redeemed = std::get<link::Redeemed>(outcome);
    Response response = Response::json(
        200,
        sessionDocument(redeemed.session,
                        redeemed.address,
                        call.cookie_policy.csrfToken(Cookie::kSession, redeemed.session_cookie)));
    response.cookies.push_back(
        {Cookie::kSession, std::move(redeemed.session_cookie), std::nullopt});
    if (redeemed.known_cookie.has_value()) {
        response.cookies.push_back(
            {Cookie::kKnown, std::move(*redeemed.known_cookie), kKnownCookieLife});
    }
    return response;
}

Result<Response> redeem(const SignIn& parts, const Call& call) {
    SALLYPORT_TRY(const std::string token, onlyMember(call.body, "token", kMaxToken));
    const Deadline until = parts.deadline();
    const auto held = heldBy(parts, call.request, until);
    return signedIn(parts.links.redeem(token, parts.requester(call.request), held, until), call);
}

Result<Response> relay(const SignIn& parts, const Call& call) {
    SALLYPORT_TRY(const std::string code, onlyMember(call.body, "code", kMaxShort));
    const Deadline until = parts.deadline();
    const auto held = heldBy(parts, call.request, until);
    return signedIn(parts.links.relay(code, parts.requester(call.request), held, until), call);
}

Result<Response> disown(const SignIn& parts, const Call& call) {
    JsonReader reader(call.body);
    SALLYPORT_TRY(const std::string id, reader.string("id", kMaxShort));
    SALLYPORT_TRY(const std::string words, reader.string("words", kMaxShort));
    SALLYPORT_CHECK(reader.finish());
    SALLYPORT_CHECK(parts.links.disown(id, words, parts.requester(call.request), parts.deadline()));
    return Response::noContent();
}

/// A damaged link row is no link: nothing of it shows outside (`protocols.md` 6.2).
template <SignIn::Function function>
Result<Response> onLink(const SignIn& parts, const Call& call) {
    auto answer = function(parts, call);
    if (!answer && answer.error().code == ErrorCode::kIntegrity) {
        return problemResponse(Problem::kLinkInvalid);
    }
    return answer;
}

}  // namespace

void addLinkEndpoints(Router& router, const SignIn& parts) {
    router.add(parts.endpoint("POST", "/api/v1/links", issue, std::nullopt, Body::kJson));
    router.add(parts.endpoint(
        "GET", "/api/v1/links/current", onLink<current>, Cookie::kLogin, Body::kNone));
    router.add(
        parts.endpoint("POST", "/api/v1/links/again", onLink<again>, Cookie::kLogin, Body::kJson));
    router.add(parts.endpoint(
        "POST", "/api/v1/links/inspect", onLink<inspect>, Cookie::kLogin, Body::kJson));
    router.add(parts.endpoint(
        "POST", "/api/v1/links/redeem", onLink<redeem>, Cookie::kLogin, Body::kJson));
    router.add(
        parts.endpoint("POST", "/api/v1/links/relay", onLink<relay>, Cookie::kLogin, Body::kJson));
    router.add(parts.endpoint("POST", "/api/v1/links/disown", disown, std::nullopt, Body::kJson));
}

}  // namespace sallyport::http
