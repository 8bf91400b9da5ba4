#include "mint/token_text.h"
#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

#include <gmock/gmock.h>

#include <thread>

namespace sallyport {
namespace {

using link::Refusal;
using test::Delivered;
using test::opened;
using test::refusalOf;
using test::SignInHouse;
using test::TestBrowser;
using test::TestHouse;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";

class Link : public testing::Test {
  protected:
    explicit Link(limit::Config limits = {}, link::Options options = {})
        : h(limits, std::move(options)) {
        h.house.addAccount(kAda);
    }

    Delivered askAndRead(TestBrowser& browser) {
        EXPECT_THAT(h.ask(browser, kAda), test::isOk());
        return h.deliverOne();
    }

    void later(Duration duration) { h.house.clock().advance(duration); }

    SignInHouse h;
    TestBrowser firefox{"192.0.2.1"};
    TestBrowser stranger{"198.51.100.7"};
};

TEST_F(Link, signsInTheBrowserThatAsked) {
    RecordProperty("requirement", "L-05,S-12");
    const Delivered letter = askAndRead(firefox);
    EXPECT_EQ(letter.to, kAda);
    const auto inspected = h.links.inspect(letter.token, firefox.requester, TestHouse::soon());
    ASSERT_TRUE(opened(inspected));
    EXPECT_EQ(std::get<link::Inspected>(*inspected).address.exposeText(), kAda);
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
    EXPECT_TRUE(h.signedIn(firefox));
    EXPECT_THAT(h.house.eventTypes(), Contains("link.redeemed"));
    EXPECT_THAT(h.house.eventTypes(), Contains("session.opened"));
}

TEST_F(Link, givesASessionWithoutAssurance) {
    RecordProperty("requirement", "L-01,S-04");
    const Delivered letter = askAndRead(firefox);
    const auto outcome = h.redeem(firefox, letter.token);
    ASSERT_TRUE(opened(outcome));
    const auto& fields = std::get<link::Redeemed>(*outcome).session.fields();
    EXPECT_EQ(fields.acr, "0");
    EXPECT_EQ(fields.amr, std::set<std::string>{"urn:sallyport:amr:email-link"});
    EXPECT_EQ(fields.kind, mint::SessionKind::kPending);
}

TEST_F(Link, isWorthNothingInAnotherBrowser) {
    RecordProperty("requirement", "L-05");
    const Delivered letter = askAndRead(firefox);
    EXPECT_EQ(refusalOf(h.redeem(stranger, letter.token)), Refusal::kWrongBrowser);
    ASSERT_THAT(h.ask(stranger, "nobody@example.test"), test::isOk());
    EXPECT_EQ(refusalOf(h.redeem(stranger, letter.token)), Refusal::kWrongBrowser);
    EXPECT_EQ(refusalOf(h.links.inspect(letter.token, stranger.requester, TestHouse::soon())),
              Refusal::kWrongBrowser);
    EXPECT_EQ(refusalOf(h.relay(stranger, letter.code)), Refusal::kInvalid);
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
}

TEST_F(Link, worksOnceOnly) {
    RecordProperty("requirement", "L-04");
    const Delivered letter = askAndRead(firefox);
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
    EXPECT_EQ(refusalOf(h.redeem(firefox, letter.token)), Refusal::kUsed);
    EXPECT_EQ(refusalOf(h.relay(firefox, letter.code)), Refusal::kUsed);
    EXPECT_EQ(refusalOf(h.links.inspect(letter.token, firefox.requester, TestHouse::soon())),
              Refusal::kUsed);
    EXPECT_EQ(h.count("sessions"), 1);
}

class LinkWithWideLimits : public Link {
  protected:
    LinkWithWideLimits() : Link({1000, std::nullopt}) {}
};

TEST_F(LinkWithWideLimits, sixtyFourRacingRedemptionsOpenOneSession) {
    RecordProperty("requirement", "L-04");
    const Delivered letter = askAndRead(firefox);
    std::atomic<int> won = 0;
    std::atomic<int> used = 0;
    std::vector<std::jthread> racers;
    for (int i = 0; i < 64; ++i) {
        racers.emplace_back([&] {
            const auto outcome =
                h.links.redeem(letter.token, firefox.requester, std::nullopt, TestHouse::soon());
            if (opened(outcome)) ++won;
            if (refusalOf(outcome) == Refusal::kUsed) ++used;
        });
    }
    racers.clear();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(used, 63);
    EXPECT_EQ(h.count("sessions"), 1);
}

TEST_F(Link, livesTenMinutes) {
    RecordProperty("requirement", "L-03");
    const Delivered letter = askAndRead(firefox);
    later(std::chrono::minutes(10) - std::chrono::seconds(1));
    EXPECT_TRUE(opened(h.links.inspect(letter.token, firefox.requester, TestHouse::soon())));
    later(std::chrono::seconds(1));
    EXPECT_EQ(refusalOf(h.redeem(firefox, letter.token)), Refusal::kExpired);
    EXPECT_EQ(refusalOf(h.relay(firefox, letter.code)), Refusal::kExpired);
}

TEST_F(Link, bytesThatAreNoTokenAreInvalid) {
    const Delivered letter = askAndRead(firefox);
    for (const std::string& bad :
         {std::string(),
          letter.token.substr(0, letter.token.size() - 1),
          letter.token + "A",
          letter.token + "x",
          "sps" + letter.token.substr(3),
          std::string("spl.1.AAAAAAAAAAAAAAAAAAAAAA.") + std::string(43, 'A')}) {
        EXPECT_EQ(refusalOf(h.redeem(firefox, bad)), Refusal::kInvalid) << bad.size();
    }
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
}

TEST_F(Link, aWrongTagIsRefusedByTheDevice) {
    RecordProperty("requirement", "L-09");
    const Delivered letter = askAndRead(firefox);
    std::string forged = letter.token;
    forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusalOf(h.redeem(firefox, forged)), Refusal::kInvalid);
    EXPECT_THAT(h.house.eventTypes(), Contains("link.refused"));
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
}

TEST_F(Link, relayCodeWorksAsAPersonTypesIt) {
    RecordProperty("requirement", "L-06");
    const Delivered letter = askAndRead(firefox);
    std::string typed = letter.code;
    for (char& c : typed) c = static_cast<char>(std::tolower(c));
    EXPECT_TRUE(opened(h.relay(firefox, " " + typed)));
    EXPECT_TRUE(h.signedIn(firefox));
}

TEST_F(Link, fiveWrongRelayCodesEndItsCode) {
    RecordProperty("requirement", "L-06,L-12");
    const Delivered letter = askAndRead(firefox);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refusalOf(h.relay(firefox, "2222-2222")), Refusal::kInvalid);
    }
    EXPECT_EQ(refusalOf(h.relay(firefox, letter.code)), Refusal::kInvalid);
}

TEST_F(Link, resettingTheAttemptsInTheDatabaseGivesNoMoreGuesses) {
    const Delivered letter = askAndRead(firefox);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refusalOf(h.relay(firefox, "2222-2222")), Refusal::kInvalid);
        h.house.tamper("UPDATE links SET attempts = 0");
    }
    EXPECT_EQ(refusalOf(h.relay(firefox, letter.code)), Refusal::kInvalid);
    EXPECT_EQ(h.count("sessions"), 0);
}

TEST_F(Link, whatIsNotARelayCodeCostsNoAttempt) {
    const Delivered letter = askAndRead(firefox);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(refusalOf(h.relay(firefox, "K7QM")), Refusal::kInvalid);
    EXPECT_TRUE(opened(h.relay(firefox, letter.code)));
}

TEST_F(Link, aNewRequestOfTheBrowserReplacesItsOldLink) {
    const Delivered old = askAndRead(firefox);
    const Delivered fresh = askAndRead(firefox);
    EXPECT_EQ(refusalOf(h.redeem(firefox, old.token)), Refusal::kReplaced);
    EXPECT_TRUE(opened(h.redeem(firefox, fresh.token)));
}

TEST_F(Link, aStrangersRequestKillsNothing) {
    RecordProperty("requirement", "L-15");
    const Delivered mine = askAndRead(firefox);
    ASSERT_THAT(h.ask(stranger, kAda), test::isOk());
    EXPECT_TRUE(opened(h.redeem(firefox, mine.token)));
}

TEST_F(Link, sendAgainWaitsAndMailsTheSameLink) {
    const Delivered first = askAndRead(firefox);
    EXPECT_THAT(h.askAgain(firefox), test::failsWith(ErrorCode::kRateLimited));
    later(std::chrono::seconds(60));
    ASSERT_TRUE(opened(h.askAgain(firefox)));
    EXPECT_EQ(h.deliverOne().token, first.token);
    later(std::chrono::seconds(119));
    EXPECT_THAT(h.askAgain(firefox), test::failsWith(ErrorCode::kRateLimited));
    later(std::chrono::seconds(1));
    // One source spends two of a mailbox's three mails in ten minutes: the third press mails
    // nothing, and says nothing.
    ASSERT_TRUE(opened(h.askAgain(firefox)));
    EXPECT_THAT(h.deliver(), IsEmpty());
    EXPECT_TRUE(opened(h.redeem(firefox, first.token)));
}

TEST_F(Link, sendAgainNearTheEndIsANewLink) {
    const Delivered first = askAndRead(firefox);
    later(std::chrono::minutes(7));
    ASSERT_TRUE(opened(h.askAgain(firefox)));
    const Delivered second = h.deliverOne();
    EXPECT_NE(second.token, first.token);
    EXPECT_EQ(refusalOf(h.redeem(firefox, first.token)), Refusal::kReplaced);
    EXPECT_TRUE(opened(h.redeem(firefox, second.token)));
}

TEST_F(Link, sendAgainNeedsTheBrowser) {
    EXPECT_EQ(refusalOf(h.askAgain(firefox)), Refusal::kWrongBrowser);
}

TEST_F(Link, theWaitingPageSeesItsStates) {
    EXPECT_EQ(refusalOf(h.links.current(firefox.requester, TestHouse::soon())),
              Refusal::kWrongBrowser);
    const Delivered letter = askAndRead(firefox);
    const auto state = [&] {
        return std::get<link::Current>(*h.links.current(firefox.requester, TestHouse::soon()))
            .state;
    };
    EXPECT_EQ(state(), link::Current::State::kWaiting);
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
    EXPECT_EQ(state(), link::Current::State::kRedeemed);
    const Delivered second = askAndRead(firefox);
    later(std::chrono::minutes(10));
    EXPECT_EQ(state(), link::Current::State::kExpired);
}

TEST_F(Link, disownNeedsTheWordsAndEndsOnlyTheRequest) {
    const Delivered letter = askAndRead(firefox);
    EXPECT_THAT(
        h.links.disown(letter.link_id, "wrong words", stranger.requester, TestHouse::soon()),
        test::isOk());
    EXPECT_TRUE(opened(h.links.inspect(letter.token, firefox.requester, TestHouse::soon())));
    EXPECT_THAT(h.links.disown(letter.link_id, letter.words, stranger.requester, TestHouse::soon()),
                test::isOk());
    EXPECT_EQ(refusalOf(h.redeem(firefox, letter.token)), Refusal::kInvalid);
    EXPECT_THAT(h.house.eventTypes(), Contains("link.disowned"));
    const Delivered next = askAndRead(firefox);
    EXPECT_TRUE(opened(h.redeem(firefox, next.token)));
}

TEST_F(Link, disownTakesThreeGuesses) {
    const Delivered letter = askAndRead(firefox);
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(
            h.links.disown(letter.link_id, "wrong words", stranger.requester, TestHouse::soon()),
            test::isOk());
    }
    EXPECT_THAT(h.links.disown(letter.link_id, letter.words, stranger.requester, TestHouse::soon()),
                test::isOk());
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
}

TEST_F(Link, aFrozenAccountGetsNoMailAndItsLinksAreDead) {
    const Delivered letter = askAndRead(firefox);
    const auto address = account::MailAddress::parse(kAda);
    ASSERT_THAT(h.house.directory().freeze(*address, std::nullopt, TestHouse::soon()),
                test::isOk());
    EXPECT_EQ(refusalOf(h.redeem(firefox, letter.token)), Refusal::kInvalid);
    ASSERT_THAT(h.ask(stranger, kAda), test::isOk());
    EXPECT_THAT(h.deliver(), IsEmpty());
    EXPECT_EQ(h.count("sessions"), 0);
}

TEST_F(Link, freezingEndsSessions) {
    RecordProperty("requirement", "S-05");
    const Delivered letter = askAndRead(firefox);
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
    ASSERT_TRUE(h.signedIn(firefox));
    const auto address = account::MailAddress::parse(kAda);
    ASSERT_THAT(h.house.directory().freeze(*address, std::nullopt, TestHouse::soon()),
                test::isOk());
    EXPECT_FALSE(h.signedIn(firefox));
}

TEST_F(Link, unknownAddressesGetNoMail) {
    ASSERT_THAT(h.ask(stranger, "nobody@example.test"), test::isOk());
    EXPECT_THAT(h.deliver(), IsEmpty());
    EXPECT_EQ(h.count("accounts"), 1);
}

TEST_F(Link, addressesThatAreNoneAreRefused) {
    EXPECT_THAT(h.ask(stranger, "ada@example.test,eve@example.test"),
                test::failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(h.ask(stranger, ""), test::failsWith(ErrorCode::kInvalidRequest));
}

class LinkForEverybody : public Link {
  protected:
    LinkForEverybody() : Link({}, everybody()) {}

    static link::Options everybody() {
        link::Options options;
        options.create_accounts = true;
        return options;
    }
};

TEST_F(LinkForEverybody, createsAnAccountOnFirstSignIn) {
    ASSERT_THAT(h.ask(firefox, "new@example.test"), test::isOk());
    const Delivered letter = h.deliverOne();
    EXPECT_TRUE(opened(h.redeem(firefox, letter.token)));
    EXPECT_TRUE(h.signedIn(firefox));
    EXPECT_THAT(h.house.eventTypes(), Contains("account.activated"));
}

TEST_F(Link, purgeKeepsADay) {
    askAndRead(firefox);
    EXPECT_THAT(h.links.purge(100, TestHouse::soon()), test::isOkAndHolds(0));
    later(std::chrono::hours(25));
    EXPECT_THAT(h.links.purge(100, TestHouse::soon()), test::isOkAndHolds(1));
}

}  // namespace
}  // namespace sallyport
