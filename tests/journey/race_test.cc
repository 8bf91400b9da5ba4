#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"

#include <gtest/gtest.h>

#include <barrier>
#include <thread>

namespace sallyport::test {
namespace {

constexpr int kRacers = 64;
constexpr const char* kCountSessions = "SELECT count(*) FROM sessions";
constexpr const char* kCountSpent = "SELECT count(*) FROM links WHERE consumed_at IS NOT NULL";
constexpr const char* kCountEvents =
    "SELECT count(*) FROM events WHERE entry LIKE '%\"link.redeemed\"%'";

const std::string kAddress = std::string(Installation::kOperator);

/// What one of them got: nothing, if the daemon was gone before it answered.
struct Racer {
    Browser browser;
    std::string outcome;
};

void run(Racer& racer, const std::string& token) {
    try {
        racer.outcome = outcomeOf(racer.browser.redeem(token));
    } catch (const std::runtime_error&) {
        racer.outcome = "no answer";
    }
}

/// Copies of `browser`, each redeeming over a connection of its own at the same moment;
/// `meanwhile` runs beside them.
template <class Meanwhile>
std::vector<Racer> race(const Browser& browser, const std::string& token, Meanwhile meanwhile) {
    std::vector<Racer> racers(kRacers, Racer{browser, ""});
    // Below the cap of connections of one source.
    for (std::size_t i = 0; i < racers.size(); ++i)
        racers[i].browser.source = "127.0.0." + std::to_string(1 + i % 4);
    std::barrier gate(kRacers + 1);
    std::vector<std::thread> threads;
    threads.reserve(racers.size());
    for (Racer& racer : racers) {
        threads.emplace_back([&racer, &gate, &token] {
            gate.arrive_and_wait();
            run(racer, token);
        });
    }
    gate.arrive_and_wait();
    meanwhile();
    for (std::thread& thread : threads) thread.join();
    return racers;
}

std::vector<Racer*> winners(std::vector<Racer>& racers) {
    std::vector<Racer*> found;
    for (Racer& racer : racers)
        if (racer.outcome == "200") found.push_back(&racer);
    return found;
}

TEST(Race, sixtyFourRedemptionsOpenOneSession) {
    RecordProperty("requirement", "L-04");
    const Installation installation;
    const Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail = askAndRead(browser, installation, kAddress);
    std::vector<Racer> racers = race(browser, mail.token, [] {});

    const auto won = winners(racers);
    ASSERT_EQ(won.size(), 1);
    EXPECT_EQ(won.front()->browser.get("/api/v1/session").status, 200);
    for (const Racer& racer : racers)
        EXPECT_THAT(racer.outcome, testing::AnyOf("200", "link_used", "unavailable"));
    EXPECT_EQ(valueOf(installation, kCountSessions), 1);
    EXPECT_EQ(valueOf(installation, kCountSpent), 1);
    EXPECT_EQ(valueOf(installation, kCountEvents), 1);
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_used"));
}

/// Milliseconds after the start of the race.
class KilledRace : public testing::TestWithParam<int> {};

TEST_P(KilledRace, opensAtMostOneSessionEver) {
    RecordProperty("requirement", "L-04");
    const Installation installation;
    Daemon daemon(installation);
    Browser browser(daemon);
    const ReceivedMail mail = askAndRead(browser, installation, kAddress);
    std::vector<Racer> racers = race(browser, mail.token, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(GetParam()));
        daemon.kill();
    });
    const auto won = winners(racers);
    ASSERT_LE(won.size(), 1);
    daemon.start();
    const std::int64_t spent = valueOf(installation, kCountSpent);
    // One transaction: the link is spent exactly if there is a session.
    EXPECT_EQ(valueOf(installation, kCountSessions), spent);
    EXPECT_EQ(valueOf(installation, kCountEvents), spent);
    if (!won.empty()) {
        EXPECT_EQ(spent, 1) << "an acknowledged session was lost";
        EXPECT_EQ(won.front()->browser.get("/api/v1/session").status, 200);
    }
    const HttpAnswer again = browser.redeem(mail.token);
    EXPECT_EQ(outcomeOf(again), spent == 0 ? "200" : "link_used");
    EXPECT_THAT(browser.redeem(mail.token), isProblem(410, "link_used"));
    EXPECT_EQ(valueOf(installation, kCountSessions), 1);
    RecordProperty("spent", static_cast<int>(spent));
    RecordProperty("acknowledged", static_cast<int>(won.size()));
}

INSTANTIATE_TEST_SUITE_P(Race, KilledRace, testing::Values(0, 15, 30, 60, 90, 140));

}  // namespace
}  // namespace sallyport::test
