#include "tests/support/key_sign_in.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

/// The counter of a key, and assertions of one key side by side (WebAuthn L3 7.2, row A14 of the
/// project's checklist).
namespace sallyport {
namespace {

using credential::CredentialStatus;
using test::isOk;
using test::KeyHouse;
using test::KeySignIn;
using test::Person;
using test::VirtualKey;
using testing::AnyOf;
using testing::Contains;

TEST_F(KeySignIn, A14AClonedKeyFreezesItself) {
    RecordProperty("requirement", "F-09");
    EXPECT_EQ(plainVerdict(), "ok");
    VirtualKey clone = key.clone();
    h.house.clock().advance(std::chrono::seconds(1));
    EXPECT_EQ(plainVerdict(), "ok");
    h.house.clock().advance(std::chrono::seconds(1));
    const auto session = h.inbox(ada);
    const std::uint64_t epoch = h.authority(ada.account).epoch;

    const auto offer = begin(ada);
    EXPECT_EQ(
        KeyHouse::verdict(h.finish(ada, offer.id, asserted(clone, test::request(offer.options)))),
        "counter_regression");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kFrozen);
    EXPECT_EQ(h.authority(ada.account).epoch, epoch + 1);
    EXPECT_THAT(h.house.eventTypes(), Contains("credential.frozen"));
    EXPECT_EQ(plainVerdict(), "credential_not_active");
    EXPECT_NE(session.fields().account_epoch, h.authority(ada.account).epoch);
}

TEST_F(KeySignIn, A14ZeroAfterACountIsARegression) {
    EXPECT_EQ(plainVerdict(), "ok");
    h.house.clock().advance(std::chrono::seconds(1));
    key.faults().counter = 0;
    EXPECT_EQ(plainVerdict(), "counter_regression");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kFrozen);
}

TEST_F(KeySignIn, A14AKeyThatNeverCountsSignsIn) {
    Person bob = h.person(kBob);
    VirtualKey still = h.key();
    still.faults().counter = 0;
    h.firstKey(bob, still);
    EXPECT_THAT(h.signIn(bob, still), isOk());
    EXPECT_THAT(h.signIn(bob, still), isOk());
}

TEST_F(KeySignIn, A14CeremoniesSideBySideRaiseNoFalseAlarm) {
    const auto first = begin(ada);
    const auto second = begin(ada);
    const Json earlier = asserted(key, test::request(first.options));
    const Json later = asserted(key, test::request(second.options));
    h.house.clock().advance(std::chrono::seconds(1));
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, second.id, later)), "ok");
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, first.id, earlier)), "counter_behind");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
    h.house.clock().advance(std::chrono::seconds(1));
    EXPECT_EQ(plainVerdict(), "ok");
}

TEST_F(KeySignIn, A14ManyCeremoniesOfOneKeyAtOnceNeverFreezeIt) {
    constexpr int kSideBySide = 8;
    std::vector<std::pair<CeremonyId, Json>> answers;
    for (int i = 0; i < kSideBySide; ++i) {
        const auto offer = begin(ada);
        answers.emplace_back(offer.id, asserted(key, test::request(offer.options)));
    }
    h.house.clock().advance(std::chrono::seconds(1));
    std::atomic<int> opened = 0;
    std::vector<std::thread> racers;
    for (const auto& answer : answers) {
        racers.emplace_back([this, &answer, &opened] {
            const auto said = KeyHouse::verdict(h.finish(ada, answer.first, answer.second));
            EXPECT_THAT(said, AnyOf("ok", "counter_behind", "overtaken"));
            if (said == "ok") ++opened;
        });
    }
    for (auto& racer : racers) racer.join();
    EXPECT_GE(opened, 1);
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
    EXPECT_EQ(h.house.query("SELECT count(*) AS n FROM sessions WHERE kind = 'key'")
                  .front()
                  .integer("n")
                  .value(),
              opened.load());
}

TEST_F(KeySignIn, A14AnAnswerThatWasOvertakenIsDecidedAnew) {
    Person elsewhere = ada.elsewhere("198.51.100.9");
    const auto offer = begin(ada);
    const Json response = asserted(key, test::request(offer.options));
    h.house.clock().advance(std::chrono::seconds(1));
    int writes = 0;
    h.house.database().beforeWrites([&] {
        // The first one consumes the ceremony, the second would open the session.
        if (++writes != 2) return;
        EXPECT_THAT(h.signIn(elsewhere, key), isOk());
    });
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, response)), "counter_behind");
    h.house.database().beforeWrites({});
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
    EXPECT_EQ(h.house.query("SELECT id FROM sessions WHERE kind = 'key'").size(), 1U);
}

TEST_F(KeySignIn, A14AnAnswerThatIsOvertakenAgainAndAgainOpensNothing) {
    Person bob = h.person(kBob);
    VirtualKey still = h.key();
    still.faults().counter = 0;
    h.firstKey(bob, still);
    Person elsewhere = bob.elsewhere("198.51.100.9");

    struct Case {
        std::string verdict;
        int overtaken;  ///< how often, after the ceremony was consumed
        int writes;
    };

    for (const Case& one : {Case{"ok", 1, 3}, Case{"ok", 2, 4}, Case{"overtaken", 9, 4}}) {
        const auto offer = begin(bob);
        const Json response = asserted(still, test::request(offer.options));
        int writes = 0;
        h.house.database().beforeWrites([&] {
            if (++writes == 1 || writes - 1 > one.overtaken) return;
            EXPECT_THAT(h.signIn(elsewhere, still), isOk());
        });
        EXPECT_EQ(KeyHouse::verdict(h.finish(bob, offer.id, response)), one.verdict);
        h.house.database().beforeWrites({});
        EXPECT_EQ(writes, one.writes);
    }
    EXPECT_EQ(h.house.query("SELECT id FROM sessions WHERE kind = 'key'").size(), 8U)
        << "six that were faster, and two";
}

}  // namespace
}  // namespace sallyport
