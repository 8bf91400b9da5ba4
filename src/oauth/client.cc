#include "oauth/client.h"

#include "token/jwk.h"

#include <algorithm>

namespace sallyport::oauth {
namespace {

Error refused(const Client& client, std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, client.id + ": " + std::string(what));
}

/// The uri without its port, if it is plain HTTP to a loopback address; `localhost` may be anybody
/// (RFC 8252 8.3). Else empty.
std::string withoutLoopbackPort(std::string_view uri) {
    for (const std::string_view host : {"http://127.0.0.1", "http://[::1]"}) {
        if (!uri.starts_with(host)) continue;
        std::string_view rest = uri.substr(host.size());
        if (rest.starts_with(':')) {
            const std::size_t digits =
                std::min(rest.find_first_not_of("0123456789", 1), rest.size());
            if (digits == 1 || digits > 6) return {};
            rest.remove_prefix(digits);
        }
        if (!rest.empty() && rest.front() != '/') return {};
        return std::string(host) + std::string(rest);
    }
    return {};
}

}  // namespace

bool Client::redirectsTo(std::string_view uri) const {
    if (redirect_uris.count(std::string(uri)) == 1) return true;
    if (authentication != ClientAuthentication::kNone) return false;
    const std::string loopback = withoutLoopbackPort(uri);
    return !loopback.empty() &&
           std::any_of(redirect_uris.begin(), redirect_uris.end(), [&](const std::string& known) {
               return withoutLoopbackPort(known) == loopback;
           });
}

Result<Clients> Clients::make(std::vector<Client> clients) {
    Clients made;
    std::set<std::string> keys;
    std::set<std::string> resources;
    for (Client& client : clients) {
        if (made.find(client.id) != nullptr) return refused(client, "this client is there twice");
        if (client.keys.empty() && client.authentication == ClientAuthentication::kPrivateKeyJwt)
            return refused(client, "it has no key to prove itself with");
        const Status distinct = token::checkDistinct(client.keys);
        if (!distinct) return refused(client, distinct.error().detail);
        for (const token::PublicKey& key : client.keys) {
            if (!keys.insert(key.thumbprint()).second)
                return refused(client, "it shares a key with another client");
        }
        if (!resources.insert(client.resource).second)
            return refused(client, "it shares its resource with another client");
        std::string id = client.id;
        made.clients_.emplace(std::move(id), std::move(client));
    }
    return made;
}

const Client* Clients::find(std::string_view id) const {
    const auto found = clients_.find(id);
    return found == clients_.end() ? nullptr : &found->second;
}

}  // namespace sallyport::oauth
