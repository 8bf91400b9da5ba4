#include "oauth/client.h"

#include "token/jwk.h"

namespace sallyport::oauth {
namespace {

Error refused(const Client& client, std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, client.id + ": " + std::string(what));
}

}  // namespace

Result<Clients> Clients::make(std::vector<Client> clients) {
    Clients made;
    std::set<std::string> keys;
    std::set<std::string> resources;
    for (Client& client : clients) {
        if (made.find(client.id) != nullptr) return refused(client, "this client is there twice");
        if (client.keys.empty()) return refused(client, "it has no key to prove itself with");
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
