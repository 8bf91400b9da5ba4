#include "tests/support/key_sign_in.h"

#include <gmock/gmock.h>

#include <algorithm>

/// What ends a key, for how long, and for whom: loss, suspension, failures.
namespace sallyport {
namespace {

using credential::CredentialStatus;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::KeySignIn;
using test::Person;
using test::VirtualKey;
using testing::AllOf;
using testing::Contains;
using testing::IsEmpty;

TEST_F(KeySignIn, aSuspendedKeyLiftsThatItself) {
    RecordProperty("requirement", "F-08");
    const auto opened = h.signIn(ada, key);
    ASSERT_THAT(opened, isOk());
    const auto inbox = h.inbox(ada);
    ASSERT_THAT(h.own_keys.reportLost(inbox, document.id, h.soon()), isOk());
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kSuspended);
    EXPECT_EQ(*h.house
                   .query("SELECT count(*) AS n FROM sessions WHERE kind = 'key' AND "
                          "revoked_at IS NULL")
                   .front()
                   .integer("n"),
              0)
        << "the sessions that it opened end";
    EXPECT_THAT(h.own_keys.reportLost(inbox, document.id, h.soon()), isOk()) << "again";

    key.faults().strip_user_verified = true;
    EXPECT_EQ(plainVerdict(), "user_not_verified");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kSuspended);
    key.faults() = {};
    EXPECT_EQ(plainVerdict(), "ok");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
    EXPECT_THAT(h.house.eventTypes(),
                AllOf(Contains("credential.suspended"), Contains("credential.reinstated")));
}

TEST_F(KeySignIn, aSuspensionEndsTheSessionsOfThatKeyAlone) {
    RecordProperty("requirement", "F-08");
    const auto inbox = h.inbox(ada);
    VirtualKey spare = h.key();
    h.approved = [&](const session::Session&, const ActionId& asked) {
        return Result<credential::ApprovedAction>(
            KeyHouse::approval(ada.account, asked, [](storage::Transaction&) { return Status(); }));
    };
    ASSERT_THAT(h.enrol(inbox, spare, std::nullopt, ActionId::random(h.house.random())), isOk());
    const auto ended = h.signIn(ada, key);
    ASSERT_THAT(ended, isOk());
    ASSERT_THAT(h.sessions.end(*ended, ended->id(), h.soon()), isOk());
    const Time end = h.house.clock().now();
    h.house.clock().advance(std::chrono::seconds(1));
    const auto by_key = h.signIn(ada, key);
    const auto by_spare = h.signIn(ada, spare);
    ASSERT_THAT(by_key, isOk());
    ASSERT_THAT(by_spare, isOk());

    ASSERT_THAT(h.own_keys.reportLost(inbox, document.id, h.soon()), isOk());
    const auto revoked = [this](const session::Session& session) {
        return *h.house.query("SELECT revoked_at FROM sessions WHERE id = $1", {session.id()})
                    .front()
                    .optionalTime("revoked_at");
    };
    EXPECT_EQ(revoked(*by_key), h.house.clock().now());
    EXPECT_EQ(revoked(*by_spare), std::nullopt)
        << "whoever reports keeps what his other key opened";
    EXPECT_EQ(revoked(inbox), std::nullopt);
    EXPECT_EQ(revoked(*ended), end) << "when it ended is not rewritten";
}

TEST_F(KeySignIn, aLossIsReportedOfOnesOwnKeyOnly) {
    const Person bob = h.person(kBob);
    EXPECT_THAT(h.own_keys.reportLost(h.inbox(bob), document.id, h.soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
}

TEST_F(KeySignIn, aLossWithAKeyEventIsFinal) {
    const auto change =
        h.credentials.prepareLoss(h.authority(ada.account), document.id, ada.account, h.soon());
    ASSERT_THAT(change, isOk());
    const auto write = [&] {
        return h.house.database().write(h.soon(), [&](storage::Transaction& transaction) {
            return credential::Credentials::write(transaction, *change);
        });
    };
    ASSERT_THAT(write(), isOk());
    EXPECT_THAT(write(), failsWith(ErrorCode::kConflict)) << "once";
    EXPECT_EQ(plainVerdict(), "unknown_credential");
    EXPECT_THAT(h.live(ada.account), IsEmpty());
}

TEST_F(KeySignIn, failuresPauseTheKeyForWhoeverCausesThem) {
    const auto fail = [this](Person& person) {
        const auto offer = begin(person);
        auto ceremony = test::request(offer.options);
        ceremony.origin = "https://evil.example";
        return KeyHouse::verdict(h.finish(person, offer.id, asserted(key, ceremony)));
    };
    const auto succeed = [this](Person& person) {
        const auto offer = begin(person);
        return KeyHouse::verdict(
            h.finish(person, offer.id, asserted(key, test::request(offer.options))));
    };
    Person stranger = ada.elsewhere("198.51.100.9");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fail(stranger), "wrong_origin");
    EXPECT_EQ(fail(stranger), "paused");
    const auto events = h.house.eventTypes();
    EXPECT_EQ(std::count(events.begin(), events.end(), "assertion.refused"), 5);
    EXPECT_EQ(succeed(stranger), "paused");
    EXPECT_EQ(succeed(ada), "ok") << "no stranger locks out whoever holds the key";
    h.house.clock().advance(std::chrono::minutes(15) + std::chrono::seconds(1));
    EXPECT_EQ(succeed(stranger), "ok");
}

TEST_F(KeySignIn, failuresOfSomebodyWithASessionPauseAndFreezeTheKey) {
    RecordProperty("requirement", "U-04");
    credential::FailureRules few;
    few.before_freeze = 7;
    const credential::Assertions strict({h.house.database(),
                                         h.house.sealer(),
                                         h.credentials,
                                         h.house.events(),
                                         h.house.integrityReport(),
                                         h.options,
                                         h.house.clock(),
                                         h.house.random(),
                                         h.metrics,
                                         h.house.log()},
                                        few);
    const auto check = [&](std::string_view origin) {
        test::BrowserCeremony ceremony;
        ceremony.challenge = Bytes(32, 7);
        ceremony.origin = origin;
        ceremony.rp_id = h.options.rp_id;
        const auto response =
            fido::AssertionResponse::parse(*Json::parse(test::assertion(key, ceremony).json()));
        return strict.check(h.authority(ada.account),
                            std::get<fido::AssertionResponse>(response),
                            {ceremony.challenge, Channel::kBrowser, h.house.clock().now(), ""},
                            h.soon());
    };
    const auto failing = [&] { return KeyHouse::verdict(check("https://evil.example")); };
    h.house.clock().advance(std::chrono::seconds(1));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(failing(), "wrong_origin");
    EXPECT_EQ(KeyHouse::verdict(check(test::kKeyOrigin)), "paused");
    h.house.clock().advance(std::chrono::minutes(16));
    EXPECT_EQ(failing(), "wrong_origin");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kActive);
    EXPECT_EQ(failing(), "wrong_origin");
    EXPECT_EQ(h.live(ada.account).front().status, CredentialStatus::kFrozen);
}

TEST_F(KeySignIn, whatWasDecidedOnAnOlderRecordIsAConflictAndNoIncident) {
    const auto before = h.authority(ada.account);
    ASSERT_THAT(h.own_keys.reportLost(h.inbox(ada), document.id, h.soon()), isOk());
    EXPECT_THAT(h.credentials.live(before, h.soon()), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(h.credentials.prepareRemoval(before, document.id, ada.account, h.soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

}  // namespace
}  // namespace sallyport
