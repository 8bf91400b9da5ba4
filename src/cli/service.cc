#include "cli/service.h"

#include "cli/client_data.h"
#include "cli/problem.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

constexpr std::string_view kSessionCookie = "sallyport-session";
constexpr std::string_view kLoginCookie = "sallyport-login";
constexpr std::size_t kLongestCookie = 4096;

Error noSallyport(const PublicUrl& server) {
    return fail(ErrorCode::kIntegrity, "What answers at " + server.origin() + " is no Sallyport.");
}

/// `__Host-` goes away in development only.
bool isCookie(std::string_view name, std::string_view ours) {
    return name == ours || name == "__Host-" + std::string(ours);
}

/// RFC 6265 4.1.1: what may go back into a header as it came.
bool isCookieValue(std::string_view value) {
    if (value.size() > kLongestCookie) return false;
    for (const char c : value) {
        if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\') return false;
    }
    return true;
}

std::string memberOf(const Json& answer, std::string_view member) {
    const Json* const found = answer.find(member);
    return found == nullptr || found->asString() == nullptr ? std::string() : *found->asString();
}

/// The endpoints that nobody needs to be signed in for go by the login cookie.
bool usesLoginCookie(const std::string& path) {
    return path.starts_with("/api/v1/links") || path.starts_with("/api/v1/sign-in");
}

}  // namespace

Result<Json> Service::get(const std::string& path, Duration patience) {
    return call({"GET", path, {}, std::nullopt}, patience);
}

Result<Json> Service::post(const std::string& path, const Json& body) {
    return call({"POST", path, {}, body.text()}, kPatience);
}

Result<Json> Service::remove(const std::string& path) {
    return call({"DELETE", path, {}, std::nullopt}, kPatience);
}

Result<Json> Service::call(HttpRequest request, Duration patience) {
    std::string cookies;
    if (!login_cookie_.empty() && usesLoginCookie(request.path)) {
        cookies = login_cookie_name_ + "=" + std::string(login_cookie_.exposeText());
    }
    if (session_) {
        if (!cookies.empty()) cookies += "; ";
        cookies += session_->cookie_name + "=" + std::string(session_->cookie.exposeText());
    }
    if (!cookies.empty()) request.headers.emplace_back("Cookie", std::move(cookies));
    if (request.method != "GET") {
        const std::string csrf = usesLoginCookie(request.path) ? login_csrf_
                                 : session_                    ? session_->csrf_token
                                                               : std::string();
        request.headers.emplace_back("Origin", cliOrigin(server()));
        if (!csrf.empty()) request.headers.emplace_back("X-CSRF-Token", csrf);
    }
    SALLYPORT_TRY(const HttpReply reply, client_.send(request, patience));
    const bool is_problem = reply.media_type == "application/problem+json";
    if (reply.status == 204 && reply.body.empty()) {
        remember(reply, Json());
        return Json();
    }
    if (!is_problem && reply.media_type != "application/json") return noSallyport(server());
    Result<Json> answer = Json::parse(reply.body);
    if (!answer) return noSallyport(server());
    if (reply.status < 200 || reply.status >= 300)
        return errorOf(reply.status, *answer, reply.retry_after);
    if (is_problem) return noSallyport(server());
    remember(reply, *answer);
    return answer;
}

void Service::remember(const HttpReply& reply, const Json& answer) {
    for (const std::string& header : reply.set_cookies) rememberCookie(header);
    // The token of a new session stands in the session document, which may be a part of the answer.
    const Json* const inner = answer.find("session");
    const std::string csrf =
        memberOf(inner != nullptr && inner->asObject() != nullptr ? *inner : answer, "csrf_token");
    if (csrf.empty()) return;
    if (session_ && answer.find("publicKey") == nullptr && answer.find("request_tag") == nullptr) {
        session_->csrf_token = csrf;
    } else {
        login_csrf_ = csrf;
    }
}

void Service::rememberCookie(std::string_view header) {
    const std::string_view pair = header.substr(0, header.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (!isCookieValue(value)) return;
    if (isCookie(name, kLoginCookie)) {
        login_cookie_ = Secret(value);
        login_cookie_name_ = name;
    } else if (isCookie(name, kSessionCookie)) {
        session_changed_ = true;
        session_.reset();
        if (!value.empty())
            session_ = SavedSession{server().origin(), std::string(name), Secret(value), ""};
    }
}

Result<const Json*> memberFrom(const Json& answer, std::string_view member) {
    const Json* const found = answer.find(member);
    if (found == nullptr) {
        return fail(ErrorCode::kIntegrity,
                    "The server's answer has no \"" + std::string(member) +
                        "\". Do this program and the server fit together?");
    }
    return found;
}

Result<std::string> textFrom(const Json& answer, std::string_view member) {
    SALLYPORT_TRY(const Json* found, memberFrom(answer, member));
    if (found->asString() == nullptr) {
        return fail(ErrorCode::kIntegrity,
                    "The server's \"" + std::string(member) +
                        "\" is no text. Do this program and the server fit together?");
    }
    return *found->asString();
}

bool isId(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

Result<std::string> idFrom(const Json& answer) {
    SALLYPORT_TRY(std::string id, textFrom(answer, "id"));
    if (!isId(id)) {
        return fail(ErrorCode::kIntegrity,
                    "The server's \"id\" is none. Do this program and the server fit together?");
    }
    return id;
}

}  // namespace sallyport::cli
