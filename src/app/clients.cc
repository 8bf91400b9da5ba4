#include "app/clients.h"

#include "app/text_file.h"
#include "token/jwk.h"

namespace sallyport::app {
namespace {

/// Errors: the text for config.refuse().
Result<std::vector<token::PublicKey>> keysInFile(const std::string& path) {
    SALLYPORT_TRY(const std::string text, readTextFile(path));
    auto keys = token::parseJwkSet(text);
    if (!keys) return fail(ErrorCode::kInvalidRequest, path + ": " + keys.error().detail);
    return keys;
}

Result<std::vector<token::PublicKey>> keysOf(const Config& config,
                                             const std::string& place,
                                             const Config::Client& client) {
    std::vector<token::PublicKey> keys;
    if (!client.jwks_file.empty()) {
        auto read = keysInFile(client.jwks_file);
        if (!read) return config.refuse(place + ".jwks_file", read.error().detail);
        keys = *std::move(read);
    }
    for (const std::string& text : client.keys) {
        auto key = token::parseJwk(text);
        if (!key) return config.refuse(place + ".keys", key.error().detail);
        keys.push_back(*std::move(key));
    }
    return keys;
}

}  // namespace

Result<oauth::Clients> clientsOf(const Config& config) {
    std::vector<oauth::Client> clients;
    for (std::size_t i = 0; i < config.clients.size(); ++i) {
        const Config::Client& listed = config.clients[i];
        oauth::Client client;
        client.id = listed.id;
        client.name = listed.name;
        SALLYPORT_TRY(client.keys, keysOf(config, "clients[" + std::to_string(i) + "]", listed));
        client.redirect_uris = {listed.redirect_uris.begin(), listed.redirect_uris.end()};
        client.min_acr = listed.min_acr;
        client.resource = listed.resource.empty() ? listed.id : listed.resource;
        clients.push_back(std::move(client));
    }
    auto made = oauth::Clients::make(std::move(clients));
    if (!made) return config.refuse("clients", made.error().detail);
    return made;
}

}  // namespace sallyport::app
