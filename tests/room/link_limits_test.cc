#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

#include <barrier>
#include <functional>
#include <thread>

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

/// Tries of one source in ten minutes.
constexpr int kTries = 40;

std::string wrongTag(const Delivered& letter) {
    std::string forged = letter.token;
    forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
    return forged;
}

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
    for (int i = 0; i < kTries; ++i)
        EXPECT_EQ(refusalOf(h.redeem(browser, wrongTag(letter))), link::Refusal::kInvalid);
    h.house.device().reset();
    EXPECT_THAT(h.redeem(browser, letter.token), test::failsWith(ErrorCode::kRateLimited));
    EXPECT_TRUE(h.house.device().counts().empty());
}

TEST_F(LinkLimits, theLastLawfulRedemptionOfASourceWorks) {
    TestBrowser browser{"192.0.2.1"};
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    const Delivered letter = h.deliverOne();
    for (int i = 0; i < kTries - 1; ++i)
        ASSERT_EQ(refusalOf(h.redeem(browser, wrongTag(letter))), link::Refusal::kInvalid) << i;
    EXPECT_TRUE(opened(h.redeem(browser, letter.token)));
    EXPECT_THAT(h.redeem(browser, letter.token), test::failsWith(ErrorCode::kRateLimited));
}

TEST_F(LinkLimits, refusalsBeforeTheDeviceAreCountedToo) {
    RecordProperty("requirement", "L-12");
    TestBrowser browser{"192.0.2.1"};
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    const Delivered letter = h.deliverOne();
    ASSERT_TRUE(opened(h.redeem(browser, letter.token)));
    for (int i = 1; i < kTries; ++i)
        ASSERT_EQ(refusalOf(h.redeem(browser, letter.token)), link::Refusal::kUsed) << i;
    h.house.device().reset();
    EXPECT_THAT(h.redeem(browser, letter.token), test::failsWith(ErrorCode::kRateLimited));
    EXPECT_THAT(h.relay(browser, letter.code), test::failsWith(ErrorCode::kRateLimited));
    EXPECT_THAT(h.links.inspect(letter.token, browser.requester, test::TestHouse::soon()),
                test::failsWith(ErrorCode::kRateLimited));
    EXPECT_TRUE(h.house.device().counts().empty());
}

/// One way to try, many times at once, from one source that has one try left.
using Try = std::function<Status(SignInHouse&, const link::Requester&, const Delivered&)>;

template <class T>
Status statusOf(const Result<T>& result) {
    return result ? Status() : Status(result.error());
}

struct WayToTry {
    const char* name;
    Try once;
};

class CrowdedLimit : public LinkLimits, public testing::WithParamInterface<WayToTry> {};

TEST_P(CrowdedLimit, letsOneOfManyThrough) {
    RecordProperty("requirement", "L-12");
    TestBrowser browser{"192.0.2.1"};
    ASSERT_THAT(h.ask(browser, kAda), test::isOk());
    const Delivered letter = h.deliverOne();
    for (int i = 0; i < kTries - 1; ++i)
        ASSERT_EQ(refusalOf(h.redeem(browser, wrongTag(letter))), link::Refusal::kInvalid) << i;
    h.house.tamper("UPDATE links SET attempts = 0");

    constexpr int kCrowd = 32;
    std::barrier gate(kCrowd);
    std::atomic<int> passed = 0;
    std::atomic<int> limited = 0;
    std::vector<std::jthread> crowd;
    for (int i = 0; i < kCrowd; ++i) {
        crowd.emplace_back([&] {
            gate.arrive_and_wait();
            const Status status = GetParam().once(h, browser.requester, letter);
            if (status) ++passed;
            if (!status && status.error().code == ErrorCode::kRateLimited) ++limited;
        });
    }
    crowd.clear();
    EXPECT_EQ(passed, 1);
    EXPECT_EQ(limited, kCrowd - 1);
}

INSTANTIATE_TEST_SUITE_P(
    Ways,
    CrowdedLimit,
    testing::Values(
        WayToTry{"wrongLink",
                 [](SignInHouse& h, const link::Requester& who, const Delivered& letter) {
                     return statusOf(h.links.redeem(
                         wrongTag(letter), who, std::nullopt, test::TestHouse::soon()));
                 }},
        WayToTry{"wrongCode",
                 [](SignInHouse& h, const link::Requester& who, const Delivered&) {
                     return statusOf(
                         h.links.relay("2222-2222", who, std::nullopt, test::TestHouse::soon()));
                 }},
        WayToTry{"rightLink",
                 [](SignInHouse& h, const link::Requester& who, const Delivered& letter) {
                     return statusOf(
                         h.links.redeem(letter.token, who, std::nullopt, test::TestHouse::soon()));
                 }},
        WayToTry{"inspection",
                 [](SignInHouse& h, const link::Requester& who, const Delivered& letter) {
                     return statusOf(
                         h.links.inspect(wrongTag(letter), who, test::TestHouse::soon()));
                 }},
        WayToTry{"wrongWords",
                 [](SignInHouse& h, const link::Requester& who, const Delivered& letter) {
                     return h.links.disown(
                         letter.link_id, "wrong words", who, test::TestHouse::soon());
                 }}),
    [](const auto& test_case) { return std::string(test_case.param.name); });

}  // namespace
}  // namespace sallyport
