#include "http/endpoints/grants.h"
#include "http/endpoints/jwks.h"
#include "http/gate.h"
#include "tests/support/action_house.h"
#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "token/jwk.h"
#include "token/verify.h"

#include <gmock/gmock.h>

/// Clients at the HTTP surface: who they are, what they get, and what they are told.
namespace sallyport::http {
namespace {

using test::ActionHouse;
using test::Approver;
using test::JwtSigner;

constexpr const char* kOrigin = "https://id.example";

TEST(Bearer, isOneSchemeAndOneToken) {
    for (const char* good : {"Bearer abc", "bearer abc", "BEARER abc"})
        EXPECT_EQ(*bearerOf(good), "abc") << good;
    for (const char* bad :
         {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc", " Bearer abc"})
        EXPECT_THAT(bearerOf(bad), test::failsWith(ErrorCode::kUnauthenticated)) << bad;
}

class HttpGrants : public testing::Test {
  protected:
    HttpGrants() {
        addGrantEndpoints(router_,
                          {grants_, calls_, [this](const Request& request, Deadline until) {
                               return h_.keys.sessions.check(
                                   *request.cookies.find(Cookie::kSession), until);
                           }});
        jwks_.addTo(router_);
    }

    static action::TypePolicy payment() {
        action::TypePolicy policy = test::paymentPolicy();
        policy.clients = {"bank"};
        policy.audience = "bank";
        return policy;
    }

    static oauth::Client client(const std::string& id, const JwtSigner& signer) {
        oauth::Client client;
        client.id = id;
        client.resource = "https://" + id + ".example";
        client.keys.push_back(token::parseJwk(signer.jwk()).value());
        return client;
    }

    std::string assertion(const std::string& id, const JwtSigner& signer) {
        const std::int64_t now = micros(h_.house.clock().now()) / 1'000'000;
        return "Bearer " + signer.sign({{"iss", id},
                                        {"sub", id},
                                        {"aud", kOrigin},
                                        {"exp", now + 60},
                                        {"jti", "j" + std::to_string(++count_)}});
    }

    Response send(std::string method,
                  std::string path,
                  const std::string& authorization,
                  std::string body) {
        Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.body = std::move(body);
        request.headers.add("Host", "id.example");
        if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
        if (!authorization.empty()) request.headers.add("Authorization", authorization);
        return gate_.handle(std::move(request));
    }

    Response byBank(const std::string& path, const std::string& body) {
        return send("POST", path, assertion("bank", bank_), body);
    }

    Response byShop(const std::string& path, const std::string& body) {
        return send("POST", path, assertion("shop", shop_), body);
    }

    /// `200`, or the code of the problem.
    static std::string told(const Response& response) {
        if (response.status < 400) return std::to_string(response.status);
        return *Json::parse(response.body).value().find("code")->asString();
    }

    ActionId approved() {
        action::Caller bank;
        bank.client = "bank";
        const auto proposed =
            h_.service.propose(bank,
                               {"payment.release", test::paymentOf("9.00"), {}, {}, {}, {}},
                               ActionHouse::soon());
        EXPECT_THAT(proposed, test::isOk());
        EXPECT_EQ(ActionHouse::verdict(h_.approve(treasurer_, proposed->action.id)), "ok");
        return proposed->action.id;
    }

    static std::string redemption(const std::string& grant, const std::string& key = "k") {
        return Json(Json::Object{{"grant", grant},
                                 {"action",
                                  Json::Object{{"type", "payment.release"},
                                               {"parameters", test::paymentOf("9.00")}}},
                                 {"idempotency_key", key}})
            .text();
    }

    std::string grantOf(const ActionId& id) {
        const Response response = byBank("/api/v1/actions/" + id.text() + "/grant", "{}");
        EXPECT_EQ(told(response), "200");
        return *Json::parse(response.body).value().find("grant")->asString();
    }

    ActionHouse h_{{}, payment()};
    Approver treasurer_ = h_.somebody("treasurer@example.test", {"treasurer"});
    JwtSigner bank_;
    JwtSigner shop_;
    oauth::Clients clients_ =
        oauth::Clients::make({client("bank", bank_), client("shop", shop_)}).value();
    oauth::ClientAssertions assertions_{
        {clients_, h_.house.database(), h_.house.clock(), h_.house.metrics(), h_.house.log()},
        kOrigin};
    ClientCalls calls_{assertions_, clients_, std::chrono::seconds(30)};
    action::Grants grants_{{h_.house.database(),
                            h_.house.mint(),
                            h_.house.sealer(),
                            h_.approvals,
                            h_.execution,
                            h_.changes,
                            h_.house.clock(),
                            h_.house.random()},
                           kOrigin};
    Jwks jwks_{h_.house.mint(), h_.house.clock()};
    Router router_;
    PublicUrl url_ = PublicUrl::parse(kOrigin).value();
    Gate gate_{Gate::Options{url_, CookiePolicy(url_, false), TrustedProxies(), true},
               router_,
               h_.house.random(),
               h_.house.log(),
               h_.house.metrics()};
    int count_ = 0;
};

TEST_F(HttpGrants, areGivenAndRedeemedOnce) {
    RecordProperty("requirement", "N-02,U-03");
    const ActionId id = approved();
    const std::string grant = grantOf(id);
    const Response redeemed = byBank("/api/v1/grants/redeem", redemption(grant));
    ASSERT_EQ(told(redeemed), "200");
    const Json document = Json::parse(redeemed.body).value();
    EXPECT_EQ(*document.find("id"), Json(id.text()));
    EXPECT_EQ(*document.find("state"), Json("redeemed"));
    EXPECT_EQ(byBank("/api/v1/grants/redeem", redemption(grant)).body, redeemed.body);
    EXPECT_EQ(told(byBank("/api/v1/grants/redeem", redemption(grant, "other"))),
              "already_redeemed");
    EXPECT_EQ(told(byBank("/api/v1/actions/" + id.text() + "/grant", "{}")), "already_redeemed");
}

TEST_F(HttpGrants, areRefusedWithTheirCode) {
    const ActionId id = approved();
    const std::string path = "/api/v1/actions/" + id.text() + "/grant";
    EXPECT_EQ(told(byShop(path, "{}")), "not_found");
    EXPECT_EQ(told(byBank("/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/grant", "{}")), "not_found");
    EXPECT_EQ(told(byBank("/api/v1/actions/x/grant", "{}")), "not_found");
    EXPECT_EQ(told(byBank(path, R"({"more":1})")), "bad_request");
    const std::string grant = grantOf(id);
    const std::string redeem = "/api/v1/grants/redeem";
    EXPECT_EQ(told(byShop(redeem, redemption(grant))), "forbidden");
    EXPECT_EQ(told(byBank(redeem, redemption("x.y.z"))), "forbidden");
    std::string changed = redemption(grant);
    changed.replace(changed.find("9.00"), 4, "9.01");
    EXPECT_EQ(told(byBank(redeem, changed)), "action_mismatch");
    EXPECT_EQ(told(byBank(redeem, redemption(grant, ""))), "bad_request");
    EXPECT_EQ(told(byBank(redeem, redemption(grant, std::string(129, 'k')))), "bad_request");
    EXPECT_EQ(told(byBank(redeem, "{}")), "bad_request");
    EXPECT_EQ(told(byBank(redeem, "[]")), "bad_request");
    EXPECT_EQ(h_.stateOf(id), "granted");
}

TEST_F(HttpGrants, areForClientsThatProveThemselves) {
    RecordProperty("requirement", "N-02");
    const ActionId id = approved();
    const std::string path = "/api/v1/actions/" + id.text() + "/grant";
    const std::string once = assertion("bank", bank_);
    EXPECT_EQ(told(send("POST", path, once, "{}")), "200");
    EXPECT_EQ(told(send("POST", path, once, "{}")), "unauthenticated");
    EXPECT_EQ(told(send("POST", path, assertion("bank", shop_), "{}")), "unauthenticated");
    EXPECT_EQ(told(send("POST", path, "Basic YmFuazp4", "{}")), "unauthenticated");
    EXPECT_EQ(told(send("POST", path, "", "{}")), "bad_origin");
    EXPECT_EQ(told(send("POST", "/api/v1/grants/redeem", "", redemption("x"))), "bad_origin");
    // The assertion is spent, whatever becomes of the call.
    const std::string spent = assertion("bank", bank_);
    EXPECT_EQ(told(send("POST", path, spent, "{")), "malformed_json");
    EXPECT_EQ(told(send("POST", path, spent, "{}")), "unauthenticated");
}

TEST_F(HttpGrants, areVerifiedByThePublishedKeys) {
    const std::string grant = grantOf(approved());
    const Response response = send("GET", "/oauth2/jwks", "", "");
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(*response.headers.find("Content-Type"), "application/jwk-set+json");
    EXPECT_EQ(*response.headers.find("Cache-Control"), "public, max-age=300");
    const auto keys = token::parseJwkSet(response.body);
    ASSERT_THAT(keys, test::isOk());
    const auto jws = token::Jws::parse(grant);
    ASSERT_THAT(jws, test::isOk());
    int verified = 0;
    for (const auto& key : *keys) verified += token::verify(*jws, key).has_value() ? 1 : 0;
    EXPECT_EQ(verified, 1);
    for (const char* secret : {"\"d\"", "\"p\"", "\"k\""})
        EXPECT_THAT(response.body, testing::Not(testing::HasSubstr(secret)));
}

}  // namespace
}  // namespace sallyport::http
