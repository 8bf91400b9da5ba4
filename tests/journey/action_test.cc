#include "action/transcript.h"
#include "tests/journey/support/ceremony.h"
#include "tests/journey/support/journey.h"
#include "tests/support/virtual_key/browser.h"

#include <gtest/gtest.h>

/// Step-up, a further key and evidence on the real sallyportd.
namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kActions = "/api/v1/actions";
constexpr const char* kEnrolments = "/api/v1/enrolments";
constexpr const char* kSession = "/api/v1/session";

class ActionJourney : public testing::Test {
  protected:
    ActionJourney() {
        const ReceivedMail mail = askAndRead(browser, installation, "ada@example.test");
        EXPECT_EQ(browser.redeem(mail.token).status, 200);
        EXPECT_EQ(enrol(key, Json::Object{{"label", "Blue"}}).status, 201);
    }

    HttpAnswer enrol(VirtualKey& with, const Json& wish) {
        const HttpAnswer offer = browser.post(kEnrolments, wish);
        if (offer.status != 201) return offer;
        return browser.post(std::string(kEnrolments) + "/" + offer.text("id"),
                            parsed(registration(with, ceremonyOf(offer, daemon.origin())).json()));
    }

    std::string propose(std::string_view type) {
        const HttpAnswer proposed = browser.post(kActions, Json::Object{{"type", type}});
        EXPECT_EQ(proposed.status, 201) << proposed.body;
        return proposed.text("id");
    }

    static std::string at(const std::string& id, const std::string& what) {
        return std::string(kActions) + "/" + id + "/" + what;
    }

    HttpAnswer approve(const std::string& id) {
        const HttpAnswer asked = browser.post(at(id, "challenge"), Json::Object{});
        EXPECT_EQ(asked.status, 200) << asked.body;
        // What a page does before it asks for the touch.
        const Json document = asked.json();
        const auto transcript = action::Transcript::fromJson(*document.find("transcript"));
        EXPECT_TRUE(transcript.has_value());
        const BrowserCeremony ceremony = ceremonyOf(asked, daemon.origin());
        const Digest challenge = *transcript->challenge();
        EXPECT_EQ(ceremony.challenge, copyBytes(challenge));
        last = parsed(assertion(key, ceremony).json());
        return browser.post(at(id, "approvals"), last);
    }

    const Installation installation;
    const Daemon daemon{installation};
    Browser browser{daemon};
    VirtualKey key;
    Json last;
};

TEST_F(ActionJourney, raisesTheSessionAndAddsAKey) {
    EXPECT_EQ(browser.get(kSession).text("kind"), "inbox");
    const Browser stolen = browser;
    const std::string step_up = propose("session.step-up");
    const HttpAnswer raised = approve(step_up);
    ASSERT_EQ(raised.status, 200) << raised.body;
    EXPECT_EQ(raised.text("state"), "executed");
    EXPECT_EQ(browser.get(kSession).text("kind"), "key");
    Browser old = stolen;
    EXPECT_THAT(old.get(kSession), isProblem(401, "unauthenticated"));
    EXPECT_THAT(browser.post(at(step_up, "approvals"), last), isProblem(422, "assertion_refused"));

    const std::string add = propose("credential.add");
    VirtualKey spare;
    const Json wish = Json::Object{{"label", "Spare"}, {"action", add}};
    EXPECT_THAT(enrol(spare, wish), isProblem(409, "conflict"));
    ASSERT_EQ(approve(add).status, 200);
    EXPECT_EQ(browser.get(std::string(kActions) + "/" + add).text("state"), "approved");
    const HttpAnswer enrolled = enrol(spare, wish);
    ASSERT_EQ(enrolled.status, 201) << enrolled.body;
    EXPECT_EQ(browser.get(std::string(kActions) + "/" + add).text("state"), "executed");

    const HttpAnswer evidence = browser.get(at(add, "evidence"));
    ASSERT_EQ(evidence.status, 200);
    EXPECT_THAT(evidence.body, HasSubstr("attestation_object"));
}

TEST_F(ActionJourney, isListedDeniedAndCancelled) {
    const std::string id = propose("session.step-up");
    EXPECT_THAT(browser.get(kActions).body, HasSubstr(id));
    EXPECT_EQ(browser.post(at(id, "deny"), Json::Object{}).text("state"), "denied");
    EXPECT_THAT(browser.post(at(id, "challenge"), Json::Object{}), isProblem(409, "conflict"));
    EXPECT_THAT(browser.post(at(id, "cancel"), Json::Object{}), isProblem(409, "conflict"));
    EXPECT_EQ(browser.post(at(propose("credential.add"), "cancel"), Json::Object{}).text("state"),
              "cancelled");
    EXPECT_THAT(browser.get(std::string(kActions) + "/AAAAAAAAAAAAAAAAAAAAAA"),
                isProblem(404, "not_found"));
    EXPECT_THAT(browser.post(kActions, Json::Object{{"type", "no.such"}}),
                isProblem(400, "bad_request"));
    EXPECT_THAT(browser.post(kActions, Json::Object{{"type", "admin.bootstrap.close"}}),
                isProblem(403, "forbidden"));
    EXPECT_THAT(browser.get(std::string(kActions) + "/" + id + "?wait=1&x=2"),
                isProblem(400, "bad_request"));
    EXPECT_EQ(browser.get(std::string(kActions) + "/" + id + "?wait=5").status, 200);
}

TEST_F(ActionJourney, whatAPersonMayProposeIsListedForWhoeverIsSignedIn) {
    const HttpAnswer listed = browser.get("/api/v1/action-types");
    ASSERT_EQ(listed.status, 200);
    EXPECT_THAT(listed.body, HasSubstr("payment.release"));
    EXPECT_THAT(listed.body, Not(HasSubstr("admin.")));
    Browser stranger{daemon};
    EXPECT_THAT(stranger.get("/api/v1/action-types"), isProblem(401, "unauthenticated"));
}

TEST_F(ActionJourney, aReaderIsAnsweredWhenHisTimeIsUp) {
    const std::string id = propose("session.step-up");
    const auto started = Deadline::Clock::now();
    EXPECT_EQ(browser.get(std::string(kActions) + "/" + id + "?wait=2").status, 200);
    EXPECT_GE(Deadline::Clock::now() - started, std::chrono::seconds(2));
}

}  // namespace
}  // namespace sallyport::test
