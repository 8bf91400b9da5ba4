#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

/// What strangers can and cannot do to somebody's mailbox, with the limits of profile `standard`.
namespace sallyport {
namespace {

using test::Delivered;
using test::opened;
using test::refusalOf;
using test::SignInHouse;
using test::TestBrowser;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kOwnersSource = "203.0.113.9";

class LinkLimits : public testing::Test {
  protected:
    LinkLimits() { h.house.addAccount(kAda); }

    /// A browser that signed in yesterday, so that nothing of it counts any more.
    TestBrowser knownBrowser() {
        TestBrowser browser{std::string(kOwnersSource)};
        EXPECT_THAT(h.ask(browser, kAda), test::isOk());
        EXPECT_TRUE(opened(h.redeem(browser, h.deliverOne().token)));
        EXPECT_TRUE(browser.requester.known_cookie.has_value());
        browser.forgetLogin();
        h.house.clock().advance(std::chrono::hours(25));
        return browser;
    }

    /// `count` requests from fresh browsers, `pause` apart. Answers how many were refused aloud.
    int storm(int count, const std::vector<std::string>& sources, Duration pause) {
        int refused = 0;
        for (int i = 0; i < count; ++i) {
            TestBrowser browser{sources[static_cast<std::size_t>(i) % sources.size()]};
            const auto issued = h.ask(browser, kAda);
            if (!issued) {
                EXPECT_THAT(issued, test::failsWith(ErrorCode::kRateLimited));
                ++refused;
            }
            h.house.clock().advance(pause);
        }
        return refused;
    }

    bool signsIn(TestBrowser& browser) {
        h.deliver();
        if (!h.ask(browser, kAda)) return false;
        const auto letters = h.deliver();
        if (letters.empty()) return false;
        return opened(h.redeem(browser, letters.back().token)) && h.signedIn(browser);
    }

    static std::vector<std::string> sources(int count) {
        std::vector<std::string> all;
        for (int i = 0; i < count; ++i) all.push_back("198.51.100." + std::to_string(i + 1));
        return all;
    }

    SignInHouse h;
};

TEST_F(LinkLimits, aThousandRequestsFromOneSourceStopNobody) {
    RecordProperty("requirement", "L-12,O-03");
    TestBrowser known = knownBrowser();
    EXPECT_GE(storm(1000, sources(1), Duration::zero()), 980);
    EXPECT_TRUE(signsIn(known));
    TestBrowser fresh{"203.0.113.77"};
    EXPECT_TRUE(signsIn(fresh));
}

TEST_F(LinkLimits, aPatientStrangerOnOneSourceStopsNobody) {
    TestBrowser known = knownBrowser();
    storm(1000, sources(1), std::chrono::seconds(36));
    EXPECT_TRUE(signsIn(known));
    TestBrowser fresh{"203.0.113.77"};
    EXPECT_TRUE(signsIn(fresh));
}

TEST_F(LinkLimits, fiftySourcesDoNotStopAKnownBrowser) {
    TestBrowser known = knownBrowser();
    storm(1000, sources(50), Duration::zero());
    EXPECT_TRUE(signsIn(known));
}

TEST_F(LinkLimits, aMailboxGetsThreeMailsInTenMinutes) {
    RecordProperty("requirement", "L-12");
    storm(20, sources(20), Duration::zero());
    EXPECT_THAT(h.deliver(), SizeIs(3));
}

TEST_F(LinkLimits, oneSourceSpendsTwoThirdsOfIt) {
    storm(10, sources(1), Duration::zero());
    EXPECT_THAT(h.deliver(), SizeIs(2));
}

TEST_F(LinkLimits, unknownAddressesAreCountedAlike) {
    for (int i = 0; i < 10; ++i) {
        TestBrowser browser{"198.51.100.1"};
        EXPECT_THAT(h.ask(browser, "nobody@example.test"), test::isOk());
    }
    EXPECT_THAT(h.deliver(), IsEmpty());
    const auto rows = h.house.query("SELECT void FROM outbox WHERE void = 0");
    EXPECT_THAT(rows, SizeIs(2));
}

TEST_F(LinkLimits, aLinkThatWasNotMailedOpensNothing) {
    storm(3, sources(3), Duration::zero());
    TestBrowser browser{"198.51.100.200"};
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    EXPECT_THAT(h.deliver(), SizeIs(3));
    // Even an editor of the database who lets the mail out does not make it open the account by
    // code or link.
    EXPECT_EQ(refusalOf(h.relay(browser, "2222-2222")), link::Refusal::kInvalid);
    EXPECT_EQ(h.count("sessions"), 0);
}

TEST_F(LinkLimits, aKnownBrowserOfSomebodyElseIsAStranger) {
    h.house.addAccount("eve@example.test");
    TestBrowser eve{"198.51.100.1"};
    ASSERT_THAT(h.ask(eve, "eve@example.test"), test::isOk());
    ASSERT_TRUE(opened(h.redeem(eve, h.deliverOne().token)));
    for (int i = 0; i < 5; ++i) {
        eve.forgetLogin();
        ASSERT_THAT(h.ask(eve, kAda), test::isOk());
    }
    EXPECT_THAT(h.deliver(), SizeIs(2));
}

TEST_F(LinkLimits, aKnownBrowserHasAQuotaOfItsOwn) {
    TestBrowser known = knownBrowser();
    for (int i = 0; i < 10; ++i) {
        known.forgetLogin();
        ASSERT_THAT(h.ask(known, kAda), test::isOk());
    }
    // Each replaced the one before, so only the newest is mailed.
    EXPECT_EQ(h.house.query("SELECT id FROM outbox WHERE void = 0 AND done_at IS NULL").size(), 3U);
}

TEST_F(LinkLimits, fiveHundredPeopleBehindOneSharedSource) {
    RecordProperty("requirement", "O-03");
    for (int i = 0; i < 500; ++i) {
        const std::string address = "person" + std::to_string(i) + "@example.test";
        h.house.addAccount(address);
        TestBrowser browser{"192.0.2.1", true};
        ASSERT_THAT(h.ask(browser, address), test::isOk()) << i;
        const Delivered letter = h.deliverOne();
        ASSERT_EQ(letter.to, address);
        ASSERT_TRUE(opened(h.redeem(browser, letter.token))) << i;
        EXPECT_FALSE(browser.requester.known_cookie.has_value());
        h.house.clock().advance(std::chrono::milliseconds(600));
    }
}

TEST_F(LinkLimits, redemptionsOfOneSourceAreCounted) {
    RecordProperty("requirement", "L-12");
    TestBrowser browser{"192.0.2.1"};
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    const Delivered letter = h.deliverOne();
    std::string forged = letter.token;
    forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
    for (int i = 0; i < 40; ++i)
        EXPECT_EQ(refusalOf(h.redeem(browser, forged)), link::Refusal::kInvalid);
    h.house.device().reset();
    EXPECT_THAT(h.redeem(browser, letter.token), test::failsWith(ErrorCode::kRateLimited));
    EXPECT_TRUE(h.house.device().counts().empty());
}

}  // namespace
}  // namespace sallyport
