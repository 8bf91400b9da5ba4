#pragma once

#include "token/public_key.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sallyport::oauth {

/// A relying party that calls us itself (`[[clients]]`).
struct Client {
    std::string id;
    std::string name;                    ///< for people
    std::vector<token::PublicKey> keys;  ///< it proves itself with one of them
    std::set<std::string> redirect_uris;
    std::string min_acr;
    std::string resource;  ///< what tokens for it name as audience
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
