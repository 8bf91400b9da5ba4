#include "tests/journey/support/journey.h"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kIssue = "/api/v1/links";
constexpr const char* kCurrent = "/api/v1/links/current";
constexpr const char* kAgain = "/api/v1/links/again";
constexpr const char* kInspect = "/api/v1/links/inspect";
constexpr const char* kRedeem = "/api/v1/links/redeem";
constexpr const char* kDisown = "/api/v1/links/disown";
constexpr const char* kSession = "/api/v1/session";
constexpr const char* kSessions = "/api/v1/sessions";

Json tokenOf(const std::string& token) {
    return Json::Object{{"token", token}};
}

std::string requestTagOf(const ReceivedMail& mail, const HttpAnswer& current) {
    EXPECT_THAT(mail.text, HasSubstr(current.text("request_tag")));
    return current.text("request_tag");
}

/// One daemon for all: each test is a person of its own. Time only goes forward.
class SignIn : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        installation = std::make_unique<Installation>();
        daemon = std::make_unique<Daemon>(*installation);
    }

    static void TearDownTestSuite() {
        EXPECT_EQ(daemon->stop(), 0) << daemon->log();
        daemon.reset();
        installation.reset();
    }

    const std::string address = "person-" + std::to_string(++persons) + "@example.test";

    ReceivedMail ask(Browser& browser) { return askAndRead(browser, *installation, address); }

    static std::unique_ptr<Installation> installation;
    static std::unique_ptr<Daemon> daemon;
    static int persons;
};

std::unique_ptr<Installation> SignIn::installation;
std::unique_ptr<Daemon> SignIn::daemon;
int SignIn::persons = 0;

TEST_F(SignIn, byLink) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    const HttpAnswer waiting = browser.get(kCurrent);
    EXPECT_EQ(waiting.text("state"), "waiting");
    requestTagOf(mail, waiting);

    const HttpAnswer shown = browser.post(kInspect, tokenOf(mail.token));
    EXPECT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(shown.text("address"), address);
    const HttpAnswer session = browser.redeem(mail.token);
    ASSERT_EQ(session.status, 200) << session.body;
    EXPECT_EQ(session.text("kind"), "inbox");
    EXPECT_EQ(session.text("acr"), "0");

    EXPECT_EQ(browser.get(kCurrent).text("state"), "redeemed");
    const HttpAnswer seen = browser.get(kSession);
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.json().text(), session.json().text());
}

TEST_F(SignIn, byRelayCode) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    ASSERT_FALSE(mail.relay_code.empty()) << mail.text;
    EXPECT_EQ(browser.relay(mail.relay_code).status, 200);
    EXPECT_EQ(browser.get(kSession).status, 200);
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_used"));
}

TEST_F(SignIn, listsAndEndsSessions) {
    Browser first(*daemon);
    ASSERT_EQ(first.redeem(ask(first).token).status, 200);
    Browser second(*daemon);
    ASSERT_EQ(second.redeem(ask(second).token).status, 200);

    const Json list = second.get(kSessions).json();
    const Json::Array& lines = *list.find("sessions")->asArray();
    ASSERT_THAT(lines, SizeIs(2));
    const std::string other = *lines[1].find("id")->asString();
    EXPECT_EQ(second.del(std::string(kSessions) + "/" + other).status, 204);
    EXPECT_THAT(first.get(kSession), isProblem(401, "unauthenticated"));

    Browser stranger(*daemon);
    ASSERT_EQ(stranger.redeem(askAndRead(stranger, *installation, "z" + address).token).status,
              200);
    const std::string own = *lines[0].find("id")->asString();
    EXPECT_EQ(stranger.del(std::string(kSessions) + "/" + own).status, 204);  // tells nothing
    EXPECT_EQ(second.get(kSession).status, 200);                              // and ends nothing
    EXPECT_THAT(stranger.del(std::string(kSessions) + "/nothing"), isProblem(404, "not_found"));

    EXPECT_EQ(second.del(kSession).status, 204);
    EXPECT_THAT(second.cookies, Not(testing::Contains(testing::Key("sallyport-session"))));
    EXPECT_THAT(second.get(kSession), isProblem(401, "unauthenticated"));
}

TEST_F(SignIn, aSignedOutCookieIsDead) {
    Browser browser(*daemon);
    ASSERT_EQ(browser.redeem(ask(browser).token).status, 200);
    const auto kept = browser.cookies;
    ASSERT_EQ(browser.del(kSession).status, 204);
    browser.cookies = kept;
    for (const char* path : {kSession, kSessions})
        EXPECT_THAT(browser.get(path), isProblem(401, "unauthenticated")) << path;
    EXPECT_THAT(browser.del(kSession), isProblem(401, "unauthenticated"));
    EXPECT_THAT(browser.del(std::string(kSessions) + "/AAAAAAAAAAAAAAAAAAAAAA"),
                isProblem(401, "unauthenticated"));
}

TEST_F(SignIn, anotherBrowserIsTurnedAway) {
    RecordProperty("requirement", "L-05");
    Browser asked(*daemon);
    const ReceivedMail mail = ask(asked);
    Browser empty(*daemon);
    EXPECT_THAT(empty.get(kCurrent), isProblem(409, "wrong_browser"));
    EXPECT_THAT(empty.post(kAgain, Json::Object{}), isProblem(409, "wrong_browser"));
    EXPECT_THAT(empty.post(kInspect, tokenOf(mail.token)), isProblem(409, "wrong_browser"));
    EXPECT_THAT(empty.redeem(mail.token), isProblem(409, "wrong_browser"));
    EXPECT_THAT(empty.relay(mail.relay_code), isProblem(409, "wrong_browser"));

    Browser other(*daemon);
    askAndRead(other, *installation, "other-" + address);
    EXPECT_THAT(other.post(kInspect, tokenOf(mail.token)), isProblem(409, "wrong_browser"));
    EXPECT_THAT(other.redeem(mail.token), isProblem(409, "wrong_browser"));
    EXPECT_THAT(other.relay(mail.relay_code), isProblem(410, "link_invalid"));
    EXPECT_EQ(asked.redeem(mail.token).status, 200);
}

TEST_F(SignIn, aLinkDiesAfterTenMinutes) {
    RecordProperty("requirement", "L-03");
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    daemon->advanceClock(std::chrono::seconds(540));
    EXPECT_EQ(browser.post(kInspect, tokenOf(mail.token)).status, 200);
    daemon->advanceClock(std::chrono::seconds(61));
    EXPECT_THAT(browser.post(kInspect, tokenOf(mail.token)), isProblem(410, "link_expired"));
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_expired"));
    EXPECT_THAT(browser.relay(mail.relay_code), isProblem(410, "link_expired"));
    EXPECT_EQ(browser.get(kCurrent).text("state"), "expired");
    EXPECT_THAT(browser.cookies, Not(testing::Contains(testing::Key("sallyport-session"))));
}

TEST_F(SignIn, aLinkWorksOnce) {
    RecordProperty("requirement", "L-04");
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    ASSERT_EQ(browser.redeem(mail.token).status, 200);
    EXPECT_THAT(browser.post(kInspect, tokenOf(mail.token)), isProblem(410, "link_used"));
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_used"));
    EXPECT_THAT(browser.relay(mail.relay_code), isProblem(410, "link_used"));
}

TEST_F(SignIn, anOlderLinkOfThisBrowserIsReplaced) {
    Browser browser(*daemon);
    const ReceivedMail old = ask(browser);
    const ReceivedMail fresh = ask(browser);
    EXPECT_THAT(browser.post(kInspect, tokenOf(old.token)), isProblem(410, "link_replaced"));
    EXPECT_THAT(browser.redeem(old.token), isProblem(410, "link_replaced"));
    EXPECT_EQ(browser.redeem(fresh.token).status, 200);
}

TEST_F(SignIn, requestsOfAStrangerChangeNothing) {
    RecordProperty("requirement", "L-15");
    Browser signed_in(*daemon);
    ASSERT_EQ(signed_in.redeem(ask(signed_in).token).status, 200);
    const std::string before = signed_in.get(kSession).json().find("account")->text();
    Browser waiting(*daemon);
    const ReceivedMail mail = ask(waiting);
    for (int i = 0; i < 5; ++i) {
        Browser stranger(*daemon);
        EXPECT_EQ(stranger.askForLink(address).status, 202);
    }
    const HttpAnswer session = signed_in.get(kSession);
    ASSERT_EQ(session.status, 200);
    EXPECT_EQ(session.json().find("account")->text(), before);
    EXPECT_EQ(waiting.redeem(mail.token).status, 200);
}

TEST_F(SignIn, sendAgainWaitsAMinuteAndMailsTheSameLink) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    EXPECT_THAT(browser.post(kAgain, Json::Object{}), isProblem(429, "rate_limited"));
    daemon->advanceClock(std::chrono::seconds(61));
    const std::size_t before = installation->mails().size();
    const HttpAnswer again = browser.post(kAgain, Json::Object{});
    ASSERT_EQ(again.status, 202) << again.body;
    const ReceivedMail second = installation->awaitMail(before + 1);
    EXPECT_EQ(second.token, mail.token);
    EXPECT_EQ(browser.redeem(second.token).status, 200);
}

TEST_F(SignIn, whatIsNoLinkIsInvalid) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    std::string forged = mail.token;
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    std::string other_id = mail.token;
    other_id[8] = other_id[8] == 'A' ? 'B' : 'A';
    for (const std::string& token : {std::string(), std::string("x"), forged, other_id}) {
        EXPECT_THAT(browser.post(kInspect, tokenOf(token)), isProblem(410, "link_invalid"))
            << token;
        EXPECT_THAT(browser.redeem(token), isProblem(410, "link_invalid")) << token;
    }
    EXPECT_EQ(browser.redeem(mail.token).status, 200);
}

TEST_F(SignIn, fiveWrongRelayCodesEndTheRelay) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    EXPECT_THAT(browser.relay("no code"), isProblem(410, "link_invalid"));
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(browser.relay("2222-222" + std::to_string(2 + i)),
                    isProblem(410, "link_invalid"));
    EXPECT_THAT(browser.relay(mail.relay_code), isProblem(410, "link_invalid"));
    EXPECT_EQ(browser.redeem(mail.token).status, 200);
}

TEST_F(SignIn, aDisownedRequestIsDeadAndTheAnswerTellsNothing) {
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    const std::string words = requestTagOf(mail, browser.get(kCurrent));
    ASSERT_FALSE(mail.disown_id.empty());
    Browser reader(*daemon);
    const auto disown = [&](const std::string& id, const std::string& said) {
        return reader.post(kDisown, Json::Object{{"id", id}, {"words", said}});
    };
    const HttpAnswer wrong = disown(mail.disown_id, "wrong words");
    const HttpAnswer unknown = disown("AAAAAAAAAAAAAAAAAAAAAA", words);
    EXPECT_EQ(browser.post(kInspect, tokenOf(mail.token)).status, 200);
    const HttpAnswer right = disown(mail.disown_id, words);
    for (const HttpAnswer& answer : {wrong, unknown, right}) {
        EXPECT_EQ(answer.status, 204) << answer.body;
        EXPECT_THAT(answer.body, IsEmpty());
        EXPECT_EQ(answer.headers.size(), right.headers.size());
    }
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_invalid"));
}

TEST_F(SignIn, safeMethodsSpendNothing) {
    RecordProperty("requirement", "L-07, S-12");
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    for (int i = 0; i < 25; ++i) {
        const HttpAnswer page = browser.get("/link");
        EXPECT_EQ(page.status, 200);
        HttpQuestion head = browser.compose("HEAD", "/link?token=" + mail.token);
        EXPECT_EQ(browser.send(head).header("Set-Cookie"), "");
    }
    for (const std::string method : {"GET", "OPTIONS", "PUT", "DELETE"}) {
        HttpQuestion question = browser.compose(method, kRedeem);
        if (method == "PUT") question.set("Content-Length", "0");
        const HttpAnswer answer = browser.send(question);
        EXPECT_THAT(answer, isProblem(405, "method_not_allowed")) << method;
        EXPECT_EQ(answer.header("Allow"), "POST") << method;
    }
    EXPECT_EQ(browser.redeem(mail.token).status, 200);
}

TEST_F(SignIn, theAddressMustBeOne) {
    Browser browser(*daemon);
    for (const char* email : {"", "nobody", "a@", "@example.test", "a b@example.test"})
        EXPECT_THAT(browser.askForLink(email), isProblem(400, "bad_request")) << email;
    EXPECT_THAT(browser.askForLink(std::string(330, 'a') + "@example.test"),
                isProblem(400, "bad_request"));
    EXPECT_THAT(browser.post(kIssue,
                             Json::Object{{"email", "a@example.test"},
                                          {"request", "AAAAAAAAAAAAAAAAAAAAAA"}}),
                isProblem(400, "bad_request"));
}

TEST_F(SignIn, unknownPathsAreNotFound) {
    Browser browser(*daemon);
    for (const char* path :
         {"/api/v1", "/api/v1/", "/api/v1/links/", "/api/v1/nothing", "/nothing"})
        EXPECT_THAT(browser.get(path), isProblem(404, "not_found")) << path;
}

TEST_F(SignIn, everyAnswerForbidsCachingAndReferers) {
    RecordProperty("requirement", "L-14");
    Browser browser(*daemon);
    const ReceivedMail mail = ask(browser);
    const std::vector<HttpAnswer> answers = {browser.get(kCurrent),
                                             browser.redeem(mail.token),
                                             browser.get(kSession),
                                             browser.redeem(mail.token),
                                             browser.get("/api/v1/nothing")};
    for (const HttpAnswer& answer : answers) {
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
        EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    }
    EXPECT_EQ(browser.get("/link").header("Referrer-Policy"), "no-referrer");
}

TEST(SignInStandard, aSourceThatAsksTooOftenIsToldHonestly) {
    RecordProperty("requirement", "L-12");
    const Installation installation("standard");
    const Daemon daemon(installation);
    Browser browser(daemon);
    const std::string unknown = "nobody@example.test";
    const std::size_t before = 20;
    for (std::size_t i = 0; i < before; ++i) ASSERT_EQ(browser.askForLink(unknown).status, 202);
    EXPECT_THAT(browser.askForLink(unknown), isProblem(429, "rate_limited"));
    EXPECT_THAT(browser.post(kAgain, Json::Object{}), isProblem(429, "rate_limited"));
    EXPECT_EQ(browser.get(kCurrent).status, 200);
    Browser elsewhere(daemon);
    elsewhere.source = "127.0.0.2";
    EXPECT_EQ(elsewhere.askForLink(unknown).status, 202);
}

TEST(SignInStandard, aSourceThatTriesTooOftenIsToldHonestly) {
    RecordProperty("requirement", "L-12");
    const Installation installation("standard");
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail =
        askAndRead(browser, installation, std::string(Installation::kOperator));
    std::string wrong = mail.token;
    wrong[wrong.size() - 10] = wrong[wrong.size() - 10] == 'A' ? 'B' : 'A';
    for (int i = 0; i < 40; ++i)
        ASSERT_THAT(browser.redeem(wrong), isProblem(410, "link_invalid")) << i;
    EXPECT_THAT(browser.redeem(mail.token), isProblem(429, "rate_limited"));
    Browser moved = browser;
    moved.source = "127.0.0.2";
    EXPECT_EQ(moved.redeem(mail.token).status, 200);
}

TEST(SignInStandard, relayIsOff) {
    const Installation installation("standard");
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail =
        askAndRead(browser, installation, std::string(Installation::kOperator));
    EXPECT_THAT(mail.relay_code, IsEmpty());
    EXPECT_THAT(browser.relay("2222-2222"), isProblem(410, "link_invalid"));
}

}  // namespace
}  // namespace sallyport::test
