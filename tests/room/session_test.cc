#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

/// Life and death of a session that a link opened.
namespace sallyport {
namespace {

using test::opened;
using test::SignInHouse;
using test::TestBrowser;
using test::TestHouse;
using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";

class SessionTest : public testing::Test {
  protected:
    explicit SessionTest(mint::SessionKind kind = mint::SessionKind::kInbox)
        : h(limits(), options(kind)) {
        h.house.addAccount(kAda);
    }

    static limit::Config limits() { return {1000, std::nullopt}; }

    static link::Options options(mint::SessionKind kind) {
        link::Options options;
        options.opens = kind;
        return options;
    }

    void signIn(TestBrowser& with) {
        with.requester.known_cookie.reset();
        ASSERT_THAT(h.ask(with, kAda), test::isOk());
        ASSERT_TRUE(opened(h.redeem(with, h.deliverOne().token)));
    }

    session::Session check(TestBrowser& with) {
        auto session = h.sessions.check(Secret(with.session_cookie), TestHouse::soon());
        SALLYPORT_ASSERT(session.has_value());
        return std::move(*session);
    }

    SignInHouse h;
    TestBrowser browser{"192.0.2.1"};
};

TEST_F(SessionTest, idleEndsIt) {
    RecordProperty("requirement", "S-03");
    signIn(browser);
    h.house.clock().advance(std::chrono::minutes(9));
    EXPECT_TRUE(h.signedIn(browser));
    h.house.clock().advance(std::chrono::minutes(9));
    EXPECT_TRUE(h.signedIn(browser));
    h.house.clock().advance(std::chrono::minutes(10));
    EXPECT_FALSE(h.signedIn(browser));
}

TEST_F(SessionTest, absoluteAgeEndsItHoweverBusy) {
    RecordProperty("requirement", "S-03");
    signIn(browser);
    for (int i = 0; i < 11; ++i) {
        h.house.clock().advance(std::chrono::minutes(5));
        EXPECT_TRUE(h.signedIn(browser)) << i;
    }
    h.house.clock().advance(std::chrono::minutes(5));
    EXPECT_FALSE(h.signedIn(browser));
}

TEST_F(SessionTest, signingOutEndsItAtOnce) {
    signIn(browser);
    const auto session = check(browser);
    EXPECT_THAT(h.sessions.end(session, session.id(), TestHouse::soon()), test::isOk());
    EXPECT_FALSE(h.signedIn(browser));
    EXPECT_THAT(h.house.eventTypes(), Contains("session.ended"));
}

/// What an event `session.refused` says of why, in order.
std::vector<std::string> refusals(SignInHouse& h) {
    std::vector<std::string> reasons;
    for (const auto& row : h.house.query("SELECT entry FROM events ORDER BY rowid")) {
        const auto entry = Json::parse(*row.text("entry"));
        if (entry && *entry->find("type")->asString() == "session.refused")
            reasons.push_back(*entry->find("data")->find("reason")->asString());
    }
    return reasons;
}

TEST_F(SessionTest, useAfterItsEndIsAnEventOnce) {
    signIn(browser);
    const auto session = check(browser);
    EXPECT_THAT(h.sessions.end(session, session.id(), TestHouse::soon()), test::isOk());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(h.signedIn(browser));
    EXPECT_THAT(refusals(h), ElementsAre("ended"));
    TestBrowser idle{"192.0.2.2"};
    signIn(idle);
    h.house.clock().advance(std::chrono::minutes(10));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(h.signedIn(idle));
    TestBrowser old{"192.0.2.3"};
    signIn(old);
    h.house.clock().advance(std::chrono::hours(1));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(h.signedIn(old));
    EXPECT_THAT(refusals(h), ElementsAre("ended", "idle", "expired"));
}

TEST_F(SessionTest, aCookieThatWasNeverRightIsNoUseAfterTheEnd) {
    signIn(browser);
    const auto session = check(browser);
    EXPECT_THAT(h.sessions.end(session, session.id(), TestHouse::soon()), test::isOk());
    TestBrowser forger{"198.51.100.1"};
    forger.session_cookie = browser.session_cookie;
    const auto at = forger.session_cookie.rfind('.') + 1;
    forger.session_cookie[at] = forger.session_cookie[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(h.signedIn(forger));
    forger.session_cookie = browser.session_cookie;
    forger.session_cookie.replace(4, 1, "2");
    EXPECT_FALSE(h.signedIn(forger));
    EXPECT_THAT(refusals(h), SizeIs(0));
    EXPECT_FALSE(h.signedIn(browser));
    EXPECT_THAT(refusals(h), SizeIs(1));
}

TEST_F(SessionTest, ownSessionsAreListedAndEnded) {
    RecordProperty("requirement", "S-06");
    signIn(browser);
    TestBrowser other{"192.0.2.2"};
    signIn(other);
    const auto listed = h.sessions.list(check(browser), TestHouse::soon());
    ASSERT_THAT(listed, test::isOk());
    EXPECT_THAT(*listed, SizeIs(2));
    EXPECT_THAT(h.sessions.end(check(browser), check(other).id(), TestHouse::soon()), test::isOk());
    EXPECT_FALSE(h.signedIn(other));
    EXPECT_TRUE(h.signedIn(browser));
}

TEST_F(SessionTest, nobodyEndsASessionOfAnotherAccount) {
    signIn(browser);
    h.house.addAccount("eve@example.test");
    TestBrowser eve{"198.51.100.1"};
    ASSERT_THAT(h.ask(eve, "eve@example.test"), test::isOk());
    ASSERT_TRUE(opened(h.redeem(eve, h.deliverOne().token)));
    EXPECT_THAT(h.sessions.end(check(eve), check(browser).id(), TestHouse::soon()), test::isOk());
    EXPECT_TRUE(h.signedIn(browser));
}

TEST_F(SessionTest, theSixthEndsTheOldest) {
    RecordProperty("requirement", "S-11");
    std::vector<TestBrowser> browsers;
    for (int i = 0; i < 6; ++i) {
        browsers.emplace_back("192.0.2." + std::to_string(10 + i));
        signIn(browsers.back());
        h.house.clock().advance(std::chrono::seconds(1));
    }
    EXPECT_FALSE(h.signedIn(browsers.front()));
    for (std::size_t i = 1; i < browsers.size(); ++i) EXPECT_TRUE(h.signedIn(browsers[i])) << i;
}

TEST_F(SessionTest, aNewSignInInTheBrowserEndsItsOldSession) {
    RecordProperty("requirement", "S-02");
    signIn(browser);
    const std::string old_cookie = browser.session_cookie;
    const auto held = check(browser).id();
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    const auto outcome =
        h.links.redeem(h.deliverOne().token, browser.requester, held, TestHouse::soon());
    ASSERT_TRUE(opened(outcome));
    EXPECT_NE(std::get<link::Redeemed>(*outcome).session_cookie.exposeText(), old_cookie);
    EXPECT_FALSE(h.signedIn(browser));
}

TEST_F(SessionTest, aCookieIsTakenInOneSpellingOnly) {
    RecordProperty("requirement", "S-01");
    signIn(browser);
    const std::string cookie = browser.session_cookie;
    for (const std::string& bad : {std::string(),
                                   cookie + "A",
                                   cookie.substr(1),
                                   "spl" + cookie.substr(3),
                                   cookie.substr(0, cookie.size() - 2) + "AA"}) {
        EXPECT_THAT(h.sessions.check(Secret(bad), TestHouse::soon()),
                    test::failsWith(ErrorCode::kUnauthenticated));
    }
    EXPECT_TRUE(h.signedIn(browser));
}

TEST_F(SessionTest, theDatabaseDoesNotHoldWhatTheCookieHolds) {
    RecordProperty("requirement", "L-10,S-01");
    signIn(browser);
    const std::string tag = browser.session_cookie.substr(browser.session_cookie.rfind('.') + 1);
    const auto raw = base64url::decode(tag, 32);
    ASSERT_THAT(raw, test::isOk());
    for (const auto& row : h.house.query("SELECT * FROM sessions")) {
        EXPECT_NE(*row.bytes("check_value"), *raw);
        EXPECT_EQ(*row.digest("check_value"), sha256(*raw));
    }
}

struct BoundEdit {
    const char* name;
    const char* sql;
};

class SessionEdit : public SessionTest, public testing::WithParamInterface<BoundEdit> {};

TEST_P(SessionEdit, ofABoundColumnIsRefusedAndReported) {
    signIn(browser);
    ASSERT_TRUE(h.signedIn(browser));
    ASSERT_EQ(h.house.tamper(GetParam().sql), 1);
    EXPECT_FALSE(h.signedIn(browser));
    EXPECT_THAT(h.house.integrityReports(), testing::Not(testing::IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(
    Columns,
    SessionEdit,
    testing::Values(BoundEdit{"epoch", "UPDATE sessions SET account_epoch = account_epoch + 1"},
                    BoundEdit{"kind", "UPDATE sessions SET kind = 'key'"},
                    BoundEdit{"amr", "UPDATE sessions SET amr = 'hwk mfa pop user'"},
                    BoundEdit{"authTime", "UPDATE sessions SET auth_time = auth_time + 1"},
                    BoundEdit{"expires", "UPDATE sessions SET expires_at = expires_at + 1"},
                    BoundEdit{"issued", "UPDATE sessions SET issued_at = issued_at - 1"},
                    BoundEdit{"credential", "UPDATE sessions SET credential_id = randomblob(16)"},
                    BoundEdit{"channel", "UPDATE sessions SET channel = 'cli'"},
                    BoundEdit{"predecessor", "UPDATE sessions SET predecessor = randomblob(16)"}),
    [](const auto& test_case) { return std::string(test_case.param.name); });

class PendingSession : public SessionTest {
  protected:
    PendingSession() : SessionTest(mint::SessionKind::kPending) {}
};

TEST_F(PendingSession, livesTenMinutes) {
    signIn(browser);
    h.house.clock().advance(std::chrono::minutes(9));
    EXPECT_TRUE(h.signedIn(browser));
    h.house.clock().advance(std::chrono::minutes(1));
    EXPECT_FALSE(h.signedIn(browser));
}

}  // namespace
}  // namespace sallyport
