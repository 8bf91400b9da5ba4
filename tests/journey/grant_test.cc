#include "action/transcript.h"
#include "base/base64url.h"
#include "tests/journey/support/journey.h"
#include "tests/support/jwt_signer.h"
#include "tests/support/virtual_key/browser.h"
#include "token/jwk.h"
#include "token/verify.h"

#include <gtest/gtest.h>

/// A relying party on the real sallyportd: proposes, waits for a touch, takes the grant, redeems
/// it.
namespace sallyport::test {
namespace {

constexpr const char* kActions = "/api/v1/actions";
constexpr const char* kRedeem = "/api/v1/grants/redeem";

Bytes bytesOf(const Json* member) {
    const auto bytes = base64url::decode(*member->asString(), 2048);
    return bytes ? *bytes : Bytes();
}

Json parsed(const std::string& text) {
    auto json = Json::parse(text);
    return json ? *json : Json();
}

Json payment(std::string_view amount) {
    return Json::Object{{"amount", amount},
                        {"currency", "EUR"},
                        {"payee", "Fischer & Söhne"},
                        {"iban", "DE89370400440532013000"}};
}

class GrantJourney : public testing::Test {
  protected:
    GrantJourney() {
        installation.replaceInConfig("proposer_may_approve = true\n",
                                     "proposer_may_approve = true\nclients = [\"shop\"]\n"
                                     "audience = \"shop\"\n");
        installation.setConfig(installation.config() +
                               "\n[[clients]]\nid = \"shop\"\nname = \"Shop\"\nresource = "
                               "\"https://shop.example\"\nkeys = ['" +
                               signer.jwk() + "']\n");
        daemon = std::make_unique<Daemon>(installation);
        browser = std::make_unique<Browser>(*daemon);
    }

    void enrol() {
        const ReceivedMail mail = askAndRead(*browser, installation, "ada@example.test");
        EXPECT_EQ(browser->redeem(mail.token).status, 200);
        const HttpAnswer offer =
            browser->post("/api/v1/enrolments", Json::Object{{"label", "Blue"}});
        ASSERT_EQ(offer.status, 201) << offer.body;
        const Json document = offer.json();
        const Json& options = *document.find("publicKey");
        BrowserCeremony ceremony;
        ceremony.challenge = bytesOf(options.find("challenge"));
        ceremony.origin = daemon->origin();
        ceremony.rp_id = *options.find("rp")->find("id")->asString();
        ceremony.user_id = bytesOf(options.find("user")->find("id"));
        const HttpAnswer enrolled = browser->post("/api/v1/enrolments/" + offer.text("id"),
                                                  parsed(registration(key, ceremony).json()));
        ASSERT_EQ(enrolled.status, 201) << enrolled.body;
    }

    std::string approve(const std::string& id) {
        const std::string path = std::string(kActions) + "/" + id;
        const HttpAnswer asked = browser->post(path + "/challenge", Json::Object{});
        if (asked.status != 200) return outcomeOf(asked);
        const Json document = asked.json();
        const Json& options = *document.find("publicKey");
        BrowserCeremony ceremony;
        ceremony.challenge = bytesOf(options.find("challenge"));
        ceremony.origin = daemon->origin();
        ceremony.rp_id = *options.find("rpId")->asString();
        for (const Json& entry : *options.find("allowCredentials")->asArray())
            ceremony.allow.push_back(bytesOf(entry.find("id")));
        return outcomeOf(
            browser->post(path + "/approvals", parsed(assertion(key, ceremony).json())));
    }

    std::string assertion_() {
        const std::int64_t now = micros(SystemClock().now()) / 1'000'000;
        return "Bearer " + signer.sign({{"iss", "shop"},
                                        {"sub", "shop"},
                                        {"aud", daemon->origin()},
                                        {"exp", now + 60},
                                        {"jti", "jti-" + std::to_string(++count)}});
    }

    /// As a program would: no cookie, no Origin, an assertion.
    HttpAnswer call(const std::string& path, const Json& body, const std::string& bearer) {
        Browser shop(*daemon);
        HttpQuestion question = shop.compose("POST", path, body);
        question.remove("Origin").set("Authorization", bearer);
        return shop.send(question);
    }

    HttpAnswer call(const std::string& path, const Json& body) {
        return call(path, body, assertion_());
    }

    const Installation installation;
    JwtSigner signer;
    std::unique_ptr<Daemon> daemon;
    std::unique_ptr<Browser> browser;
    VirtualKey key;
    int count = 0;
};

TEST_F(GrantJourney, whatWasApprovedHappensOnce) {
    RecordProperty("requirement", "U-03,N-02,L-04");
    enrol();
    const HttpAnswer proposed = call(
        kActions, Json::Object{{"type", "payment.release"}, {"parameters", payment("1250.5")}});
    ASSERT_EQ(proposed.status, 201) << proposed.body;
    const std::string id = proposed.text("id");
    const std::string grant_path = std::string(kActions) + "/" + id + "/grant";
    EXPECT_THAT(call(grant_path, Json::Object{}), isProblem(409, "conflict"));
    ASSERT_EQ(approve(id), "200");
    // The approver is not the proposer: the grant is the shop's.
    EXPECT_THAT(browser->post(grant_path, Json::Object{}), isProblem(404, "not_found"));
    const HttpAnswer granted = call(grant_path, Json::Object{});
    ASSERT_EQ(granted.status, 200) << granted.body;
    const std::string grant = granted.text("grant");

    // Offline, by the published keys.
    const HttpAnswer published = Browser(*daemon).get("/oauth2/jwks");
    ASSERT_EQ(published.status, 200);
    const auto keys = token::parseJwkSet(published.body);
    const auto jws = token::Jws::parse(grant);
    ASSERT_TRUE(keys.has_value() && jws.has_value());
    EXPECT_EQ(
        std::count_if(keys->begin(),
                      keys->end(),
                      [&](const auto& each) { return token::verify(*jws, each).has_value(); }),
        1);

    const auto redemption = [&](std::string_view amount, const char* idempotency_key) {
        return Json(Json::Object{
            {"grant", grant},
            {"action", Json::Object{{"type", "payment.release"}, {"parameters", payment(amount)}}},
            {"idempotency_key", idempotency_key}});
    };
    EXPECT_THAT(call(kRedeem, redemption("1250.51", "a")), isProblem(403, "action_mismatch"));
    const HttpAnswer redeemed = call(kRedeem, redemption("1250.5", "a"));
    ASSERT_EQ(redeemed.status, 200) << redeemed.body;
    // A restart forgets nothing.
    daemon->kill();
    daemon->start();
    EXPECT_EQ(call(kRedeem, redemption("1250.5", "a")).body, redeemed.body);
    EXPECT_THAT(call(kRedeem, redemption("1250.5", "b")), isProblem(409, "already_redeemed"));
    EXPECT_THAT(call(grant_path, Json::Object{}), isProblem(409, "already_redeemed"));
}

TEST_F(GrantJourney, anAssertionIsTakenOnceAcrossARestart) {
    RecordProperty("requirement", "N-02");
    const Json proposal =
        Json::Object{{"type", "payment.release"}, {"parameters", payment("1.00")}};
    const std::string bearer = assertion_();
    EXPECT_EQ(call(kActions, proposal, bearer).status, 201);
    EXPECT_THAT(call(kActions, proposal, bearer), isProblem(401, "unauthenticated"));
    daemon->kill();
    daemon->start();
    EXPECT_THAT(call(kActions, proposal, bearer), isProblem(401, "unauthenticated"));
    EXPECT_EQ(call(kActions, proposal).status, 201);
    EXPECT_THAT(call(kActions, Json::Object{{"type", "session.step-up"}}),
                isProblem(403, "forbidden"));
}

}  // namespace
}  // namespace sallyport::test
