#include "http/endpoints/sign_in.h"

#include "http/user_agent.h"

namespace sallyport::http {
namespace {

std::optional<Secret> copyOf(const Cookies& cookies, Cookie cookie) {
    const Secret* value = cookies.find(cookie);
    if (value == nullptr) return std::nullopt;
    return value->duplicate();
}

bool isShared(const std::vector<SharedSource>& sources, const std::optional<IpAddress>& client) {
    if (!client.has_value()) return false;
    for (const auto& source : sources) {
        if (client->isWithin(source.network, source.prefix)) return true;
    }
    return false;
}

}  // namespace

Endpoint SignIn::endpoint(std::string method,
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

link::Requester SignIn::requester(const Request& request) const {
    link::Requester requester;
    requester.source = request.source;
    requester.shared_source = isShared(options.shared_sources, request.client);
    if (const auto* agent = request.headers.find("User-Agent"); agent != nullptr) {
        requester.browser = browserFamily(*agent);
    }
    requester.login_cookie = copyOf(request.cookies, Cookie::kLogin);
    requester.known_cookie = copyOf(request.cookies, Cookie::kKnown);
    return requester;
}

Result<session::Session> SignIn::session(const Request& request, Deadline until) const {
    SALLYPORT_TRY(auto found, sessionOrLocked(request, until));
    if (found.locked()) return fail(ErrorCode::kLocked, "the session is locked");
    return found;
}

Result<session::Session> SignIn::sessionOrLocked(const Request& request, Deadline until) const {
    const Secret* cookie = request.cookies.find(Cookie::kSession);
    if (cookie == nullptr) return fail(ErrorCode::kUnauthenticated, "no session cookie");
    return sessions.check(*cookie, until);
}

Json sessionDocument(const session::Session& session,
                     const Secret& address,
                     std::string csrf_token) {
    const auto& fields = session.fields();
    Json::Array amr(fields.amr.begin(), fields.amr.end());
    return Json::Object{
        {"account", Json::Object{{"id", fields.account.text()}, {"address", address.exposeText()}}},
        {"kind", mint::name(fields.kind)},
        {"acr", fields.acr},
        {"amr", std::move(amr)},
        {"auth_time", rfc3339(fields.auth_time)},
        {"expires_at", rfc3339(fields.expires)},
        {"idle_expires_at", rfc3339(session.idleExpires())},
        {"locked", session.locked()},
        {"csrf_token", std::move(csrf_token)}};
}

}  // namespace sallyport::http
