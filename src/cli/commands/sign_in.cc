#include "cli/at_the_key.h"
#include "cli/printable.h"
#include "cli/signed_in.h"

namespace sallyport::cli::commands {
namespace {

constexpr std::size_t kTagText = 43;  // 32 bytes in base64url

/// What a person pastes: the whole link of the mail, what stands behind its `#`, or the relay code.
struct Pasted {
    std::string path;
    std::string member;
    std::string value;
};

Pasted readPasted(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    const std::size_t token = text.find("spl.");
    if (token == std::string_view::npos) return {"/api/v1/links/relay", "code", std::string(text)};
    text.remove_prefix(token);
    // The letter that closes the link in the mail is none of the token's.
    const std::size_t tag = text.rfind('.') + 1;
    return {"/api/v1/links/redeem", "token", std::string(text.substr(0, tag + kTagText))};
}

Result<Json> signInByLink(Service& service, const LoginOptions& options, Terminal& terminal) {
    if (!options.email)
        return fail(ErrorCode::kInvalidRequest, "Where does the mail go? --email ADDRESS");
    SALLYPORT_TRY(const Json asked,
                  service.post("/api/v1/links", Json::Object{{"email", *options.email}}));
    SALLYPORT_TRY(const std::string tag, textFrom(asked, "request_tag"));
    terminal.notice("If " + printable(*options.email) +
                    " is known there, a mail is on its way. It says: " + printable(tag));
    SALLYPORT_TRY(const std::string typed, terminal.ask("Its link, or its code: "));
    const Pasted pasted = readPasted(typed);
    return service.post(pasted.path, Json::Object{{pasted.member, pasted.value}});
}

Result<Json> signInByKey(Service& service,
                         const CommonOptions& common,
                         const LoginOptions& options,
                         const Surroundings& around) {
    Json::Object question;
    if (options.email) question["email"] = *options.email;
    SALLYPORT_TRY(const Json asked, service.post("/api/v1/sign-in", question));
    SALLYPORT_TRY(const std::string id, idFrom(asked));
    SALLYPORT_TRY(const Json* options_json, memberFrom(asked, "publicKey"));
    SALLYPORT_TRY(const RequestOptions wanted,
                  RequestOptions::parse(*options_json, service.server()));
    SALLYPORT_TRY(const Json response, touchToSign(wanted, common, around));
    return service.post("/api/v1/sign-in/" + id, response);
}

std::string addressOf(const Json& session) {
    const Json* const account = session.find("account");
    const Json* const address = account == nullptr ? nullptr : account->find("address");
    return address == nullptr || address->asString() == nullptr ? "an account without address"
                                                                : printable(*address->asString());
}

/// Without what only this program needs.
Json withoutToken(const Json& session) {
    Json::Object shown = *session.asObject();
    shown.erase("csrf_token");
    return shown;
}

}  // namespace

Result<ExitCode> login(const CommonOptions& common,
                       const LoginOptions& options,
                       const Surroundings& around) {
    SALLYPORT_TRY(SignedIn at, SignedIn::visitor(common.server, around));
    Service& service = at.service();
    SALLYPORT_TRY(const Json session,
                  options.link ? signInByLink(service, options, around.terminal)
                               : signInByKey(service, common, options, around));
    SALLYPORT_CHECK(at.keep());
    SALLYPORT_TRY(const std::string kind, textFrom(session, "kind"));
    SALLYPORT_TRY(const std::string acr, textFrom(session, "acr"));
    SALLYPORT_TRY(const std::string expires, textFrom(session, "expires_at"));
    around.terminal.line("Signed in at " + service.server().origin() + " as " + addressOf(session) +
                         " until " + printable(expires) + " (" + printable(kind) + ", acr " +
                         printable(acr) + ").");
    around.terminal.document(withoutToken(session));
    return ExitCode::kOk;
}

Result<ExitCode> logout(const CommonOptions& common, const Surroundings& around) {
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    const Result<Json> ended = at.service().remove("/api/v1/session");
    // Here it is over in any case; that the server knows it already is fine.
    SALLYPORT_CHECK(at.forget());
    if (!ended && ended.error().code != ErrorCode::kUnauthenticated) {
        return fail(ended.error().code,
                    "This workstation has forgotten the session, but the server may still hold "
                    "it: " +
                        ended.error().detail);
    }
    around.terminal.line("Signed out.");
    around.terminal.document(Json::Object{{"signed_out", true}});
    return ExitCode::kOk;
}

}  // namespace sallyport::cli::commands
