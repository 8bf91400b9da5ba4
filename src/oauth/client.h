#pragma once

#include "token/public_key.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sallyport::oauth {

/// How a client proves itself (OIDC Core 9, RFC 7591 2).
enum class ClientAuthentication {
    kPrivateKeyJwt,
    kSecretBasic,  ///< not in `regulated`
    kNone,         ///< a public client, which has PKCE and nothing else
};

/// A relying party (`[[clients]]`).
struct Client {
    std::string id;
    std::string name;  ///< for people
    ClientAuthentication authentication = ClientAuthentication::kPrivateKeyJwt;
    std::vector<token::PublicKey> keys;  ///< it proves itself with one of them
    std::set<std::string> redirect_uris;
    std::string min_acr;
    std::string resource;  ///< what tokens for it name as audience
    /// What it may ask for besides `openid`.
    std::set<std::string> scopes;

    /// Is this where a browser may be sent back to? Byte by byte (RFC 9700 2.1); at a loopback
    /// address a public client may name any port (RFC 8252 7.3).
    bool redirectsTo(std::string_view uri) const;
};

/// The clients of this installation. A value; thread-safe once made.
class Clients {
  public:
    Clients() = default;

    /// Errors: kInvalidRequest, its detail beginning with the client's id, if an id is there twice,
    /// if a client has no key, more than 16, or two that are alike; and if two clients share a key
    /// or a resource, for then one could speak for the other.
    static Result<Clients> make(std::vector<Client> clients);

    /// Null if there is none. The pointer lives as long as this.
    const Client* find(std::string_view id) const;

  private:
    std::map<std::string, Client, std::less<>> clients_;
};

}  // namespace sallyport::oauth
