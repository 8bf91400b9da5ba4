#include "tests/journey/support/ceremony.h"
#include "tests/journey/support/journey.h"
#include "tests/support/virtual_key/browser.h"

#include <gtest/gtest.h>

/// A person's way from an enrolment ticket to a session by touch, on the real sallyportd.
namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kSignIn = "/api/v1/sign-in";
constexpr const char* kEnrolments = "/api/v1/enrolments";
constexpr const char* kCredentials = "/api/v1/credentials";
constexpr const char* kSession = "/api/v1/session";

class SecurityKey : public testing::Test {
  protected:
    /// A ticket of the host, for which the service must stand still.
    static std::string ticketOf(const Installation& installation) {
        const Finished finished =
            installation.run({"--json", "account", "ticket", std::string(Installation::kOperator)});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        const Json said = parsed(finished.out.substr(0, finished.out.find('\n')));
        const Json* ticket = said.find("ticket");
        return ticket == nullptr ? std::string() : *ticket->asString();
    }

    HttpAnswer enrol(Browser& browser, const Daemon& daemon, const Json& wish) {
        const HttpAnswer offer = browser.post(kEnrolments, wish);
        if (offer.status != 201) return offer;
        auto ceremony = ceremonyOf(offer, daemon.origin());
        return browser.post(std::string(kEnrolments) + "/" + offer.text("id"),
                            parsed(registration(key, ceremony).json()));
    }

    HttpAnswer signIn(Browser& browser, const Daemon& daemon, const Json& wish = Json::Object{}) {
        const HttpAnswer offer = browser.post(kSignIn, wish);
        if (offer.status != 200) return offer;
        last_id = offer.text("id");
        last_response = parsed(assertion(key, ceremonyOf(offer, daemon.origin())).json());
        return browser.post(std::string(kSignIn) + "/" + last_id, last_response);
    }

    VirtualKey key;
    std::string last_id;
    Json last_response;
};

TEST_F(SecurityKey, fromTheTicketToASessionByTouch) {
    RecordProperty("requirement", "F-01, F-02, L-16");
    const Installation installation("standard");
    const std::string ticket = ticketOf(installation);
    ASSERT_THAT(ticket, HasSubstr("spt."));
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail =
        askAndRead(browser, installation, std::string(Installation::kOperator));
    EXPECT_THAT(mail.text, Not(HasSubstr("spt.")));
    ASSERT_EQ(browser.redeem(mail.token).status, 200);

    EXPECT_THAT(browser.post(kEnrolments, Json::Object{{"label", "Blue"}}),
                isProblem(403, "forbidden"));
    const Json wish = Json::Object{{"label", "Blue"}, {"ticket", ticket}};
    const HttpAnswer made = enrol(browser, daemon, wish);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.text("label"), "Blue");
    EXPECT_EQ(made.text("status"), "active");
    EXPECT_EQ(browser.get(kSession).text("kind"), "inbox") << "enrolment raises nothing";
    EXPECT_THAT(browser.post(kEnrolments, wish), isProblem(403, "forbidden")) << "once";
    EXPECT_THAT(browser.post(kEnrolments, Json::Object{{"label", "Blue"}}),
                isProblem(403, "step_up_required"));

    Browser next(daemon);
    const HttpAnswer session = signIn(next, daemon);
    ASSERT_EQ(session.status, 200) << session.body;
    EXPECT_EQ(session.text("kind"), "key");
    EXPECT_EQ(session.text("acr"), "phr");
    EXPECT_EQ(next.get(kSession).text("kind"), "key");
    EXPECT_THAT(next.post(std::string(kSignIn) + "/" + last_id, last_response),
                isProblem(422, "assertion_refused"));

    Browser named(daemon);
    EXPECT_EQ(signIn(named, daemon, Json::Object{{"email", Installation::kOperator}}).status, 200);
    EXPECT_THAT(installation.mails(), SizeIs(1)) << "no mail but the first";
}

TEST_F(SecurityKey, aReportedLossIsLiftedByTheKeyItself) {
    RecordProperty("requirement", "R-04");
    const Installation installation;
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail = askAndRead(browser, installation, "ada@example.test");
    ASSERT_EQ(browser.redeem(mail.token).status, 200);
    ASSERT_EQ(enrol(browser, daemon, Json::Object{{"label", "Blue"}}).status, 201);
    Browser own(daemon);
    ASSERT_EQ(signIn(own, daemon).status, 200);

    const HttpAnswer listed = browser.get(kCredentials);
    ASSERT_EQ(listed.status, 200) << listed.body;
    const Json document = listed.json();
    const Json& entry = document.find("credentials")->asArray()->front();
    EXPECT_EQ(*entry.find("status")->asString(), "active");
    const std::string path =
        std::string(kCredentials) + "/" + *entry.find("id")->asString() + "/report-lost";
    EXPECT_EQ(browser.post(path, Json::Object{}).status, 204);
    EXPECT_THAT(own.get(kSession), isProblem(401, "unauthenticated"));
    EXPECT_THAT(browser.post(kEnrolments, Json::Object{{"label", "Thief's"}}),
                isProblem(403, "forbidden"));
    EXPECT_EQ(signIn(own, daemon).status, 200);
    EXPECT_EQ(*browser.get(kCredentials)
                   .json()
                   .find("credentials")
                   ->asArray()
                   ->front()
                   .find("status")
                   ->asString(),
              "active");
    const auto told = installation.awaitNotices(3);
    ASSERT_THAT(told, SizeIs(3));
    const std::vector<std::string> words{
        "was added", "opens nothing until somebody signs in", "had been reported as lost"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        EXPECT_EQ(told[i].to, "<ada@example.test>");
        EXPECT_THAT(told[i].text, HasSubstr(words[i]));
        EXPECT_THAT(told[i].text, HasSubstr("\"Blue\""));
    }
}

TEST_F(SecurityKey, whatIsWrongIsRefusedWithoutAWordWhy) {
    const Installation installation;
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail = askAndRead(browser, installation, "ada@example.test");
    ASSERT_EQ(browser.redeem(mail.token).status, 200);
    const HttpAnswer offer = browser.post(kEnrolments, Json::Object{{"label", "Blue"}});
    ASSERT_EQ(offer.status, 201) << offer.body;
    auto ceremony = ceremonyOf(offer, daemon.origin());
    ceremony.origin = "https://evil.example";
    const HttpAnswer refused = browser.post(std::string(kEnrolments) + "/" + offer.text("id"),
                                            parsed(registration(key, ceremony).json()));
    EXPECT_THAT(refused, isProblem(422, "registration_refused"));
    EXPECT_EQ(refused.text("reason"), "wrong_origin");
    ASSERT_EQ(enrol(browser, daemon, Json::Object{{"label", "Blue"}}).status, 201);

    key.faults().junk_signature = true;
    const HttpAnswer assertion = signIn(browser, daemon);
    EXPECT_THAT(assertion, isProblem(422, "assertion_refused"));
    EXPECT_THAT(assertion.text("reason"), IsEmpty());
    for (const std::string id : {"x", "AAAAAAAAAAAAAAAAAAAAAA"})
        EXPECT_THAT(browser.post(std::string(kSignIn) + "/" + id, last_response),
                    isProblem(422, "assertion_refused"));
    EXPECT_THAT(browser.post(kSignIn, Json::Object{{"email", "no address"}}),
                isProblem(400, "bad_request"));
    EXPECT_THAT(browser.post(kSignIn, Json::Object{{"request", "AAAAAAAAAAAAAAAAAAAAAA"}}),
                isProblem(400, "bad_request"));

    Browser stranger(daemon);
    EXPECT_THAT(stranger.get(kCredentials), isProblem(401, "unauthenticated"));
    EXPECT_THAT(stranger.post(kEnrolments, Json::Object{{"label", "Blue"}}),
                isProblem(401, "unauthenticated"));
    EXPECT_THAT(stranger.post(std::string(kSignIn) + "/" + last_id, last_response),
                isProblem(401, "unauthenticated"));
    EXPECT_THAT(browser.post(std::string(kCredentials) + "/AAAAAAAAAAAAAAAAAAAAAA/report-lost",
                             Json::Object{}),
                isProblem(404, "not_found"));
}

TEST_F(SecurityKey, aKeySessionLocksAndATouchUnlocksIt) {
    RecordProperty("requirement", "S-03");
    const Installation installation;
    Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail = askAndRead(browser, installation, "ada@example.test");
    ASSERT_EQ(browser.redeem(mail.token).status, 200);
    ASSERT_EQ(enrol(browser, daemon, Json::Object{{"label", "Blue"}}).status, 201);
    const HttpAnswer opened = signIn(browser, daemon);
    ASSERT_EQ(opened.status, 200) << opened.body;
    daemon.advanceClock(std::chrono::minutes(16));
    EXPECT_THAT(browser.get(kCredentials), isProblem(401, "session_locked"));
    const HttpAnswer unlocked = signIn(browser, daemon);
    ASSERT_EQ(unlocked.status, 200) << unlocked.body;
    EXPECT_EQ(unlocked.text("expires_at"), opened.text("expires_at"));
    EXPECT_EQ(browser.get(kCredentials).status, 200);
}

}  // namespace
}  // namespace sallyport::test
