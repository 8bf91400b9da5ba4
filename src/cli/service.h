#pragma once

#include "base/json.h"
#include "base/secret.h"
#include "cli/http_client.h"
#include "cli/session_file.h"

#include <optional>
#include <string>

namespace sallyport::cli {

/// The server as one person at one workstation sees it: cookies, Origin, CSRF tokens and problem
/// documents of `protocols.md` 6. Texts of the server in errors are printable.
class Service {
  public:
    /// A visitor: nobody is signed in.
    explicit Service(HttpClient client) : client_(std::move(client)) {}

    Service(HttpClient client, SavedSession session)
        : client_(std::move(client)), session_(std::move(session)) {}

    const PublicUrl& server() const { return client_.server(); }

    /// The JSON of a 2xx answer (null for 204). Errors: what the problem document means, with its
    /// code and trace in the detail; those of HttpClient; kIntegrity for an answer that is no JSON.
    Result<Json> get(const std::string& path, Duration patience = kPatience);
    Result<Json> post(const std::string& path, const Json& body);
    Result<Json> remove(const std::string& path);

    /// The session that the server gave, if it gave one.
    const std::optional<SavedSession>& session() const { return session_; }

    /// Whether an answer brought another session than there was.
    bool sessionChanged() const { return session_changed_; }

  private:
    static constexpr Duration kPatience = std::chrono::seconds(20);

    Result<Json> call(HttpRequest request, Duration patience);
    void remember(const HttpReply& reply, const Json& answer);
    void rememberCookie(std::string_view header);

    HttpClient client_;
    std::optional<SavedSession> session_;
    Secret login_cookie_;
    std::string login_cookie_name_;
    std::string login_csrf_;
    bool session_changed_ = false;
};

/// A string member. Errors: kIntegrity if the server sent none.
Result<std::string> textFrom(const Json& answer, std::string_view member);

/// Member `id`, which goes into paths. Errors: kIntegrity unless it is base64url.
Result<std::string> idFrom(const Json& answer);

/// Whether a text is the id of something at a Sallyport.
bool isId(std::string_view text);

/// A member that must be there. Errors: kIntegrity.
Result<const Json*> memberFrom(const Json& answer, std::string_view member);

}  // namespace sallyport::cli
