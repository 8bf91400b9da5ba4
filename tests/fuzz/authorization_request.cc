// What is asked for is within the client's registration, and a refusal goes nowhere else.

#include "oauth/authorization_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sallyport;
    static const oauth::Clients clients = [] {
        oauth::Client client;
        client.id = "shop";
        client.authentication = oauth::ClientAuthentication::kNone;
        client.redirect_uris = {"https://shop.test/back", "http://127.0.0.1/back"};
        client.resource = "shop";
        client.scopes = {"email"};
        return oauth::Clients::make({client}).value();
    }();
    const auto form = Form::parse(asText({data, size}));
    if (!form) return 0;
    const auto answer = oauth::readAuthorizationRequest(*form, clients);
    const oauth::Client& client = *clients.find("shop");
    if (const auto* refusal = std::get_if<oauth::AuthorizationRefusal>(&answer)) {
        SALLYPORT_ASSERT(refusal->redirect_uri.empty() ||
                         client.redirectsTo(refusal->redirect_uri));
        return 0;
    }
    const auto& request = std::get<oauth::AuthorizationRequest>(answer);
    SALLYPORT_ASSERT(client.redirectsTo(request.redirect_uri));
    for (const std::string& scope : request.scope)
        SALLYPORT_ASSERT(scope == "openid" || client.scopes.count(scope) == 1);
    return 0;
}
