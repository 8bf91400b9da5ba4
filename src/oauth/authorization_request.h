#pragma once

#include "base/clock.h"
#include "base/form.h"
#include "oauth/client.h"

#include <optional>
#include <variant>

namespace sallyport::oauth {

/// What a client asks of the authorization endpoint, found right against its registration (OIDC
/// Core 3.1.2.1, RFC 6749 4.1.1, RFC 7636 4.3, RFC 8707 2, RFC 9396 2, RFC 9449 10, RFC 9470 4).
struct AuthorizationRequest {
    std::string client;
    std::string redirect_uri;
    std::optional<std::string> state;
    std::optional<std::string> nonce;
    std::set<std::string> scope;
    std::string pkce_challenge;
    std::string resource;
    /// Any of these will do, and the client's least besides; empty: the least alone.
    std::vector<std::string> acr_values;
    std::optional<Duration> max_age;
    bool prompt_none = false;
    bool prompt_login = false;  ///< also for `select_account`: a fresh sign-in chooses
    std::optional<std::string> login_hint;
    std::optional<std::string> ui_locales;
    std::optional<std::string> details;  ///< `authorization_details` as canonical JSON
    std::optional<Digest> dpop_jkt;

    friend bool operator==(const AuthorizationRequest&, const AuthorizationRequest&) = default;
};

/// Why there is no code.
struct AuthorizationRefusal {
    std::string error;        ///< RFC 6749 4.1.2.1, OIDC Core 3.1.2.6, RFC 9470 5
    std::string description;  ///< for the client's developer
    /// Where to tell; empty unless client and redirect URI were found right: then the person is
    /// told, for whoever made the address may want to send him elsewhere (RFC 6749 4.1.2.1).
    std::string redirect_uri;
    std::optional<std::string> state;
};

/// Reads the parameters of a request, pushed or not. What is unknown is passed over (RFC 6749 3.1).
std::variant<AuthorizationRequest, AuthorizationRefusal> readAuthorizationRequest(
    const Form& form, const Clients& clients);

/// Where an answer sends the browser: the redirect URI with these parameters in its query.
std::string responseUri(std::string_view redirect_uri, const Form& parameters);

}  // namespace sallyport::oauth
