#pragma once

#include "base/ids.h"
#include "cli/commands/commands.h"
#include "cli/service.h"

namespace sallyport::cli {

/// The server together with the session that is kept for it.
class SignedIn {
  public:
    /// For signing in: with the session that is there, or none. Errors: kInvalidRequest if no
    /// server is named anywhere.
    static Result<SignedIn> visitor(const std::optional<std::string>& server,
                                    const Surroundings& around);

    /// Errors: kUnauthenticated if nobody is signed in there.
    static Result<SignedIn> member(const std::optional<std::string>& server,
                                   const Surroundings& around);

    Service& service() { return service_; }

    /// Keeps or forgets the session as the server's last answers say. To be called after each call
    /// that may change it.
    Status keep();

    /// Forgets the session.
    Status forget() const { return file_.remove(); }

    /// The id inside the session's cookie. Errors: kIntegrity if the cookie is no token of ours.
    Result<SessionId> sessionId() const;

  private:
    SignedIn(SessionFile file, Service service)
        : file_(std::move(file)), service_(std::move(service)) {}

    SessionFile file_;
    Service service_;
};

}  // namespace sallyport::cli
