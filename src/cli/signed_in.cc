#include "cli/signed_in.h"

#include "cli/printable.h"

namespace sallyport::cli {
namespace {

/// Of `--server`: what is no public URL is shown with the reason.
Result<PublicUrl> serverFrom(const std::string& text) {
    auto url = PublicUrl::parse(text);
    if (url) return url;
    std::string why = url.error().detail;
    if (const std::size_t colon = why.find(": "); colon != std::string::npos)
        why = why.substr(colon + 2);
    return fail(ErrorCode::kInvalidRequest, "--server " + printable(text) + ": " + why);
}

}  // namespace

Result<SignedIn> SignedIn::visitor(const std::optional<std::string>& server,
                                   const Surroundings& around) {
    SALLYPORT_TRY(SessionFile file, SessionFile::in(around.runtime_directory));
    SALLYPORT_TRY(std::optional<SavedSession> saved, file.read());
    if (!server && !saved) {
        return fail(ErrorCode::kInvalidRequest,
                    "Which server? Name its public address once: sallyport login --server "
                    "https://login.example.org");
    }
    SALLYPORT_TRY(PublicUrl url, serverFrom(server ? *server : saved->server));
    const bool there = saved && saved->server == url.origin();
    SALLYPORT_TRY(HttpClient client, HttpClient::to(url));
    return SignedIn(
        std::move(file),
        there ? Service(std::move(client), *std::move(saved)) : Service(std::move(client)));
}

Result<SignedIn> SignedIn::member(const std::optional<std::string>& server,
                                  const Surroundings& around) {
    SALLYPORT_TRY(SessionFile file, SessionFile::in(around.runtime_directory));
    SALLYPORT_TRY(std::optional<SavedSession> saved, file.read());
    if (!saved) {
        return fail(ErrorCode::kUnauthenticated,
                    "You are not signed in. Touch your key: sallyport login --server URL");
    }
    SALLYPORT_TRY(PublicUrl url, serverFrom(saved->server));
    if (server) {
        SALLYPORT_TRY(const PublicUrl named, serverFrom(*server));
        if (named.origin() != url.origin()) {
            return fail(ErrorCode::kUnauthenticated,
                        "You are signed in at " + url.origin() +
                            ", not there. First: sallyport "
                            "login --server " +
                            named.origin());
        }
    }
    SALLYPORT_TRY(HttpClient client, HttpClient::to(url));
    return SignedIn(std::move(file), Service(std::move(client), *std::move(saved)));
}

Status SignedIn::keep() {
    if (!service_.sessionChanged()) return {};
    if (!service_.session()) return file_.remove();
    return file_.write(*service_.session());
}

Result<SessionId> SignedIn::sessionId() const {
    // `sps.<gen>.<id>.<tag>` (`protocols.md` 2); the id is no secret, the tag is.
    const Error none = fail(ErrorCode::kIntegrity, "The session cookie has another form.");
    if (!service_.session()) return none;
    std::string_view cookie = service_.session()->cookie.exposeText();
    for (int i = 0; i < 2; ++i) {
        const std::size_t dot = cookie.find('.');
        if (dot == std::string_view::npos) return none;
        cookie.remove_prefix(dot + 1);
    }
    auto id = SessionId::fromText(cookie.substr(0, cookie.find('.')));
    if (!id) return none;
    return id;
}

}  // namespace sallyport::cli
