#include "oauth/authorization_request.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

namespace sallyport::oauth {
namespace {

using test::isOk;
using testing::ElementsAre;

constexpr const char* kBack = "https://shop.example.test/back";
constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";  // RFC 7636 B

Client shop() {
    Client client;
    client.id = "shop";
    client.authentication = ClientAuthentication::kSecretBasic;
    client.redirect_uris = {kBack, "https://shop.example.test/other?tenant=1"};
    client.min_acr = "phr";
    client.resource = "https://api.shop.example.test";
    client.scopes = {"profile", "email"};
    return client;
}

Client tool() {
    Client client;
    client.id = "tool";
    client.authentication = ClientAuthentication::kNone;
    client.redirect_uris = {"http://127.0.0.1/back", "http://[::1]:8400/back", "com.example:/back"};
    client.resource = "tool";
    return client;
}

Clients clients() {
    auto made = Clients::make({shop(), tool()});
    EXPECT_THAT(made, isOk());
    return *std::move(made);
}

Form good() {
    Form form;
    form.set("client_id", "shop");
    form.set("redirect_uri", kBack);
    form.set("response_type", "code");
    form.set("scope", "openid email");
    form.set("state", "af0ifjsldkj");
    form.set("code_challenge", kChallenge);
    form.set("code_challenge_method", "S256");
    return form;
}

using Answer = std::variant<AuthorizationRequest, AuthorizationRefusal>;

Answer ask(const Form& form) {
    return readAuthorizationRequest(form, clients());
}

Answer askWith(const std::string& name, const std::string& value) {
    Form form = good();
    form.set(name, value);
    return ask(form);
}

/// The error that the client hears, or the reason why there is none.
std::string errorOf(const Answer& answer) {
    const auto* refusal = std::get_if<AuthorizationRefusal>(&answer);
    if (refusal == nullptr) return "none";
    EXPECT_EQ(refusal->redirect_uri, kBack);
    EXPECT_FALSE(refusal->description.empty());
    return refusal->error;
}

AuthorizationRequest requestOf(const Answer& answer) {
    const auto* request = std::get_if<AuthorizationRequest>(&answer);
    EXPECT_NE(request, nullptr) << std::get<AuthorizationRefusal>(answer).description;
    return request == nullptr ? AuthorizationRequest() : *request;
}

TEST(AuthorizationRequest, saysWhatTheClientAsksFor) {
    Form form = good();
    form.set("nonce", "n-0S6_WzA2Mj");
    form.set("max_age", "300");
    form.set("acr_values", "phrh phr");
    form.set("login_hint", "ada@example.test");
    form.set("ui_locales", "de en");
    form.set("resource", "https://api.shop.example.test");
    form.set("dpop_jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    form.set("authorization_details", R"([ {"type":"payment.release", "amount":"1.00"} ])");
    form.set("display", "page");
    form.set("unknown", "passed over");
    const AuthorizationRequest request = requestOf(ask(form));
    EXPECT_EQ(request.client, "shop");
    EXPECT_EQ(request.redirect_uri, kBack);
    EXPECT_EQ(request.state, "af0ifjsldkj");
    EXPECT_EQ(request.nonce, "n-0S6_WzA2Mj");
    EXPECT_THAT(request.scope, ElementsAre("email", "openid"));
    EXPECT_EQ(request.pkce_challenge, kChallenge);
    EXPECT_EQ(request.resource, "https://api.shop.example.test");
    EXPECT_THAT(request.acr_values, ElementsAre("phrh", "phr"));
    EXPECT_EQ(request.max_age, std::chrono::seconds(300));
    EXPECT_EQ(request.login_hint, "ada@example.test");
    EXPECT_EQ(request.ui_locales, "de en");
    ASSERT_TRUE(request.dpop_jkt.has_value());
    EXPECT_EQ(request.details, R"([{"amount":"1.00","type":"payment.release"}])");
    EXPECT_FALSE(request.prompt_none || request.prompt_login);
}

TEST(AuthorizationRequest, hasTheClientsResourceIfItNamesNone) {
    const AuthorizationRequest request = requestOf(ask(good()));
    EXPECT_EQ(request.resource, "https://api.shop.example.test");
    EXPECT_TRUE(request.acr_values.empty());
    EXPECT_EQ(request.max_age, std::nullopt);
    EXPECT_EQ(request.nonce, std::nullopt);
}

struct Bad {
    std::string name;
    std::string parameter;
    std::string value;
    std::string error;
};

TEST(AuthorizationRequest, isRefusedByTheErrorOfTheStandard) {
    RecordProperty("requirement", "T-07");
    const std::vector<Bad> cases = {
        {"no response type", "response_type", "", "invalid_request"},
        {"implicit", "response_type", "token", "unsupported_response_type"},
        {"hybrid", "response_type", "code id_token", "unsupported_response_type"},
        {"fragment", "response_mode", "fragment", "invalid_request"},
        {"request object", "request", "eyJ", "request_not_supported"},
        {"registration", "registration", "{}", "registration_not_supported"},
        {"no scope", "scope", "", "invalid_scope"},
        {"a scope of others", "scope", "openid admin", "invalid_scope"},
        {"two spaces", "scope", "openid  email", "invalid_scope"},
        {"a quote", "scope", "openid \"email", "invalid_scope"},
        {"another resource", "resource", "https://api.bank.example.test", "invalid_target"},
        {"no challenge", "code_challenge", "", "invalid_request"},
        {"no method", "code_challenge_method", "", "invalid_request"},
        {"plain", "code_challenge_method", "plain", "invalid_request"},
        {"s256", "code_challenge_method", "s256", "invalid_request"},
        {"a short challenge", "code_challenge", "abc", "invalid_request"},
        {"a padded challenge", "code_challenge", std::string(kChallenge) + "=", "invalid_request"},
        {"no thumbprint", "dpop_jkt", "abc", "invalid_request"},
        {"none and login", "prompt", "none login", "invalid_request"},
        {"a prompt of others", "prompt", "create", "invalid_request"},
        {"negative age", "max_age", "-1", "invalid_request"},
        {"an age with a fraction", "max_age", "1.5", "invalid_request"},
        {"an age without end", "max_age", "99999999999999999999", "invalid_request"},
        {"an age of two years", "max_age", "63072000", "invalid_request"},
        {"acr of others", "acr_values", "gold silver", "unmet_authentication_requirements"},
        {"claims that are no JSON", "claims", "{", "invalid_request"},
        {"claims that are a list", "claims", "[]", "invalid_request"},
        {"an essential acr of others",
         "claims",
         R"({"id_token":{"acr":{"essential":true,"value":"gold"}}})",
         "unmet_authentication_requirements"},
        {"an essential acr that is no text",
         "claims",
         R"({"id_token":{"acr":{"essential":true,"values":[1]}}})",
         "invalid_request"},
        {"details that are no list",
         "authorization_details",
         R"({"type":"a"})",
         "invalid_authorization_details"},
        {"two details",
         "authorization_details",
         R"([{"type":"a"},{"type":"b"}])",
         "invalid_authorization_details"},
        {"details without a type",
         "authorization_details",
         R"([{"amount":"1"}])",
         "invalid_authorization_details"},
        {"details with a fraction",
         "authorization_details",
         R"([{"type":"a","amount":1.5}])",
         "invalid_authorization_details"},
        {"a nonce too long", "nonce", std::string(257, 'n'), "invalid_request"},
        {"a hint too long", "login_hint", std::string(321, 'h'), "invalid_request"},
        {"locales that are no words", "ui_locales", "de, en", "none"},
        {"locales with two spaces", "ui_locales", "de  en", "invalid_request"}};
    for (const Bad& bad : cases)
        EXPECT_EQ(errorOf(askWith(bad.parameter, bad.value)), bad.error) << bad.name;
}

TEST(AuthorizationRequest, ofAnUnknownClientOrAddressTellsNobodyElse) {
    RecordProperty("requirement", "T-07");
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"client_id", ""},
        {"client_id", "bank"},
        {"client_id", "Shop"},
        {"client_id", std::string(10'000, 's')},
        {"redirect_uri", ""},
        {"redirect_uri", "https://evil.example.test/back"},
        {"redirect_uri", "https://shop.example.test/back/"},
        {"redirect_uri", "https://shop.example.test/back?a=b"},
        {"redirect_uri", "https://shop.example.test/back#f"},
        {"redirect_uri", "https://shop.example.test/Back"},
        {"redirect_uri", "https://SHOP.example.test/back"},
        {"redirect_uri", "https://shop.example.test:443/back"},
        {"redirect_uri", "https://shop.example.test/x/../back"},
        {"redirect_uri", "https://shop.example.test/%62ack"},
        {"redirect_uri", "https://shop.example.test/back "},
        {"redirect_uri", "https://user@shop.example.test/back"},
        {"redirect_uri", "http://shop.example.test/back"},
        {"redirect_uri", "http://127.0.0.1/back"}};
    for (const auto& [name, value] : cases) {
        const Answer answer = askWith(name, value);
        const auto* refusal = std::get_if<AuthorizationRefusal>(&answer);
        ASSERT_NE(refusal, nullptr) << name << " " << value;
        EXPECT_EQ(refusal->redirect_uri, "") << value;
        EXPECT_EQ(refusal->error, "invalid_request");
    }
}

TEST(AuthorizationRequest, ofAPublicClientMayComeBackToAnyLoopbackPort) {
    const auto redirects = [](std::string_view uri) { return tool().redirectsTo(uri); };
    for (const char* uri : {"http://127.0.0.1/back",
                            "http://127.0.0.1:1/back",
                            "http://127.0.0.1:65535/back",
                            "http://[::1]/back",
                            "http://[::1]:9999/back",
                            "com.example:/back"})
        EXPECT_TRUE(redirects(uri)) << uri;
    for (const char* uri : {"http://localhost/back",
                            "http://127.0.0.1:/back",
                            "http://127.0.0.1:123456/back",
                            "http://127.0.0.1:80a/back",
                            "http://127.0.0.1:80@evil.test/back",
                            "http://127.0.0.1.evil.test/back",
                            "http://127.0.0.11/back",
                            "http://127.0.0.1:80/back/",
                            "http://127.0.0.1:80/Back",
                            "https://127.0.0.1:80/back",
                            "http://[::1]evil.test/back",
                            "com.example:/back2"})
        EXPECT_FALSE(redirects(uri)) << uri;
    EXPECT_FALSE(shop().redirectsTo("http://127.0.0.1/back"));
}

TEST(AuthorizationRequest, keepsTheStateOfARefusal) {
    Form form = good();
    form.set("scope", "admin");
    const Answer answer = ask(form);
    EXPECT_EQ(std::get<AuthorizationRefusal>(answer).state, "af0ifjsldkj");
    form.set("state", std::string(1025, 's'));
    const Answer long_state = ask(form);
    EXPECT_EQ(std::get<AuthorizationRefusal>(long_state).error, "invalid_request");
    EXPECT_EQ(std::get<AuthorizationRefusal>(long_state).state, std::nullopt);
}

TEST(AuthorizationRequest, knowsWhatPromptsMean) {
    EXPECT_TRUE(requestOf(askWith("prompt", "none")).prompt_none);
    EXPECT_TRUE(requestOf(askWith("prompt", "login")).prompt_login);
    EXPECT_TRUE(requestOf(askWith("prompt", "select_account consent")).prompt_login);
    const AuthorizationRequest consent = requestOf(askWith("prompt", "consent"));
    EXPECT_FALSE(consent.prompt_login || consent.prompt_none);
}

TEST(AuthorizationRequest, asksForAcrByWordsOrEssentialClaim) {
    EXPECT_THAT(requestOf(askWith("acr_values", "gold phrh")).acr_values, ElementsAre("phrh"));
    const auto claimed = [](const char* claims) {
        return requestOf(askWith("claims", claims)).acr_values;
    };
    EXPECT_THAT(claimed(R"({"id_token":{"acr":{"essential":true,"values":["phr","phrh"]}}})"),
                ElementsAre("phr", "phrh"));
    EXPECT_THAT(claimed(R"({"id_token":{"acr":{"essential":true,"value":"phrh"}}})"),
                ElementsAre("phrh"));
    for (const char* voluntary : {R"({"id_token":{"acr":{"values":["phrh"]}}})",
                                  R"({"id_token":{"acr":null}})",
                                  R"({"id_token":{"acr":{"essential":false,"value":"phrh"}}})",
                                  R"({"userinfo":{"acr":{"essential":true,"value":"phrh"}}})",
                                  "{}"})
        EXPECT_TRUE(claimed(voluntary).empty()) << voluntary;
}

TEST(ResponseUri, keepsTheQueryOfTheAddress) {
    Form parameters;
    parameters.set("code", "a b");
    parameters.set("iss", "https://id.example");
    EXPECT_EQ(responseUri(kBack, parameters),
              std::string(kBack) + "?code=a%20b&iss=https%3A%2F%2Fid.example");
    EXPECT_EQ(responseUri("https://shop.example.test/other?tenant=1", parameters),
              "https://shop.example.test/other?tenant=1&code=a%20b&iss=https%3A%2F%2Fid.example");
}

}  // namespace
}  // namespace sallyport::oauth
