#include "tests/journey/support/journey.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>

namespace sallyport::test {
namespace {

const std::string kOwner = std::string(Installation::kOperator);
constexpr const char* kKnownCookie = "__Host-sallyport-known";
constexpr int kStorm = 1000;
constexpr int kPeople = 500;
constexpr int kIssuesOfOneSource = 20;

/// How often each outcome came.
using Outcomes = std::map<std::string, int>;

/// `count` calls of `once(i)`, eight at a time.
Outcomes inParallel(int count, const std::function<std::string(int)>& once) {
    std::atomic<int> next = 0;
    std::mutex guard;
    Outcomes outcomes;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int turn = next++; turn < count; turn = next++) {
                std::string outcome;
                try {
                    outcome = once(turn);
                } catch (const std::runtime_error& error) {
                    outcome = error.what();
                }
                const std::lock_guard lock(guard);
                ++outcomes[outcome];
            }
        });
    }
    threads.clear();
    return outcomes;
}

/// Profile `standard` with its limits, behind a proxy on 127.0.0.1 that names its clients.
class StandardLimits : public testing::Test {
  protected:
    StandardLimits() {
        installation.addToConfig("http", R"(trusted_proxies = ["127.0.0.1"])");
        installation.addToConfig("limits", R"(shared_sources = ["203.0.113.50"])");
    }

    void start() { daemon = std::make_unique<Daemon>(installation); }

    /// A fresh browser at `source`, as the proxy says.
    Browser at(const std::string& source) const {
        Browser browser(*daemon);
        move(browser, source);
        return browser;
    }

    static void move(Browser& browser, const std::string& source) {
        browser.more_headers = {{"X-Forwarded-For", source}};
    }

    /// Requests for the owner's address, each from a browser of its own.
    Outcomes storm(int count, int sources) const {
        return inParallel(count, [&](int i) {
            Browser stranger = at("198.51.100." + std::to_string(1 + i % sources));
            return outcomeOf(stranger.askForLink(kOwner));
        });
    }

    /// From asking to the session, by the mail that carries this browser's two words.
    testing::AssertionResult signsIn(Browser& browser, const std::string& address) const {
        const HttpAnswer asked = browser.askForLink(address);
        if (asked.status != 202) return testing::AssertionFailure() << asked.body;
        const std::string words = asked.text("request_tag");
        std::string token;
        const auto came = [&] {
            for (const ReceivedMail& mail : installation.mails())
                if (mail.text.find(words) != std::string::npos) token = mail.token;
            return !token.empty();
        };
        if (!awaitUntil(came, std::chrono::seconds(60)))
            return testing::AssertionFailure() << "no mail with the words of this browser";
        const HttpAnswer redeemed = browser.redeem(token);
        if (redeemed.status != 200) return testing::AssertionFailure() << redeemed.body;
        const HttpAnswer session = browser.get("/api/v1/session");
        if (session.status != 200) return testing::AssertionFailure() << session.body;
        return testing::AssertionSuccess();
    }

    /// Only what makes it known is left.
    static void closeAndReopen(Browser& browser) {
        const std::string known = browser.cookies.at(kKnownCookie);
        browser.cookies = {{kKnownCookie, known}};
    }

    Installation installation{"standard"};
    std::unique_ptr<Daemon> daemon;
};

TEST_F(StandardLimits, aStrangerOnOneSourceStopsNobody) {
    RecordProperty("requirement", "L-12,O-03");
    start();
    EXPECT_EQ(
        storm(kStorm, 1),
        (Outcomes{{"202", kIssuesOfOneSource}, {"rate_limited", kStorm - kIssuesOfOneSource}}));
    Browser owner = at("203.0.113.9");
    EXPECT_TRUE(signsIn(owner, kOwner));
    // From here it is a known browser; the mailbox has nothing left for unknown ones.
    closeAndReopen(owner);
    EXPECT_EQ(storm(kStorm, 1), (Outcomes{{"rate_limited", kStorm}}));
    EXPECT_TRUE(signsIn(owner, kOwner));
}

TEST_F(StandardLimits, fiftySourcesDoNotStopAKnownBrowser) {
    RecordProperty("requirement", "L-12,O-03");
    start();
    Browser owner = at("203.0.113.9");
    ASSERT_TRUE(signsIn(owner, kOwner));
    closeAndReopen(owner);
    EXPECT_EQ(storm(kStorm, 50), (Outcomes{{"202", kStorm}}));
    EXPECT_TRUE(signsIn(owner, kOwner));
    // What the storm used up is the mailbox of unknown browsers: all in all three mails, and the
    // known browser's.
    EXPECT_EQ(installation.mails().size(), 4U);
}

TEST_F(StandardLimits, fiveHundredPeopleBehindASharedSourceAreServed) {
    RecordProperty("requirement", "L-12,O-03");
    const std::vector<std::string> members{"ada@example.test", "bob@example.test"};
    for (const std::string& member : members)
        ASSERT_EQ(installation.run({"account", "add", member}).exit_code, 0);
    start();
    const auto comeFrom = [&](const std::string& source) {
        return [this, source](int i) {
            Browser person = at(source);
            std::string story =
                outcomeOf(person.askForLink("person" + std::to_string(i) + "@example.test"));
            if (story != "202") return story;
            story += " " + outcomeOf(person.get("/api/v1/links/current"));
            return story + " " + outcomeOf(person.relay("2222-2222"));
        };
    };
    EXPECT_EQ(inParallel(kPeople, comeFrom("203.0.113.50")),
              (Outcomes{{"202 200 link_invalid", kPeople}}));
    for (const std::string& member : members) {
        Browser person = at("203.0.113.50");
        EXPECT_TRUE(signsIn(person, member));
        EXPECT_EQ(person.cookies.count(kKnownCookie), 0U);
    }
    // The same from a source that nobody named.
    EXPECT_EQ(inParallel(25, comeFrom("203.0.113.51")),
              (Outcomes{{"202 200 link_invalid", kIssuesOfOneSource}, {"rate_limited", 5}}));
}

}  // namespace
}  // namespace sallyport::test
