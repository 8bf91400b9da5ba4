#include "tests/support/key_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

/// Sign-in by key, named after the rows of the project's checklist for assertions (WebAuthn L3
/// 7.2): A0, A1, A2, A14, A16, A17; and what a stranger learns from options: nothing.
namespace sallyport {
namespace {

using credential::CredentialStatus;
using credential::FirstKey;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::Person;
using test::VirtualKey;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kBob = "bob@example.test";

/// Ada with one key, in a browser of her own.
class KeySignIn : public testing::Test {
  protected:
    KeySignIn() { document = h.firstKey(ada, key); }

    credential::SignIn::Offer begin(Person& person,
                                    const std::optional<std::string>& email = std::nullopt,
                                    Channel channel = Channel::kBrowser) {
        auto offer = h.begin(person, email, channel);
        EXPECT_THAT(offer, isOk());
        SALLYPORT_ASSERT(offer.has_value());
        return std::move(*offer);
    }

    /// What becomes of an answer that was bent.
    std::string verdict(const std::function<void(test::BrowserCeremony&)>& bend) {
        const auto offer = begin(ada);
        auto ceremony = test::request(offer.options);
        bend(ceremony);
        return KeyHouse::verdict(h.finish(ada, offer.id, asserted(key, ceremony)));
    }

    std::string plainVerdict() {
        return verdict([](test::BrowserCeremony&) {});
    }

    storage::Row counterRow() { return h.house.query("SELECT * FROM credential_counters").front(); }

    KeyHouse h;
    Person ada = h.person(kAda);
    VirtualKey key = h.key();
    credential::KeyDocument document;
};

TEST_F(KeySignIn, opensASessionOfTheKey) {
    RecordProperty("requirement", "F-01, F-03");
    const auto offer = begin(ada);
    auto judged = h.finish(ada, offer.id, asserted(key, test::request(offer.options)));
    ASSERT_EQ(KeyHouse::verdict(judged), "ok");
    const auto& opened = std::get<credential::SignIn::Opened>(*judged);
    const auto session = h.sessions.check(opened.session_cookie, h.soon());
    ASSERT_THAT(session, isOk());
    EXPECT_EQ(session->fields().account, ada.account);
    EXPECT_EQ(session->fields().kind, mint::SessionKind::kKey);
    EXPECT_EQ(session->fields().acr, "phrh");
    EXPECT_THAT(session->fields().amr, ElementsAre("hwk", "mfa", "pop", "user"));
    EXPECT_EQ(session->fields().credential, document.id);
    EXPECT_EQ(session->fields().channel, Channel::kBrowser);
    EXPECT_TRUE(opened.known_cookie.has_value());
    EXPECT_EQ(opened.address.exposeText(), kAda);
    EXPECT_EQ(*counterRow().time("last_used_at"), h.house.clock().now());
    EXPECT_THAT(h.house.eventTypes(), Contains("session.opened"));
}

TEST_F(KeySignIn, theWorkstationClientIsAChannelOfItsOwn) {
    const auto offer = begin(ada, std::nullopt, Channel::kCli);
    const auto judged =
        h.finish(ada, offer.id, asserted(key, test::request(offer.options, test::kKeyCliOrigin)));
    ASSERT_EQ(KeyHouse::verdict(judged), "ok");
    EXPECT_EQ(std::get<credential::SignIn::Opened>(*judged).session.fields().channel,
              Channel::kCli);
    const auto browser = begin(ada);
    EXPECT_EQ(
        KeyHouse::verdict(h.finish(
            ada, browser.id, asserted(key, test::request(browser.options, test::kKeyCliOrigin)))),
        "wrong_origin");
    h.options.cli_origin.reset();
    EXPECT_THAT(h.begin(ada, std::nullopt, Channel::kCli), failsWith(ErrorCode::kForbidden));
}

TEST_F(KeySignIn, anUnattestedKeyIsNoHardware) {
    RecordProperty("requirement", "F-04");
    Person bob = h.person(kBob);
    test::KeyModel model;
    model.attestation = test::KeyModel::Attestation::kSelf;
    VirtualKey plain(model);
    h.firstKey(bob, plain);
    const auto session = h.signIn(bob, plain);
    ASSERT_THAT(session, isOk());
    EXPECT_EQ(session->fields().acr, "phr");
    EXPECT_THAT(session->fields().amr, ElementsAre("mfa", "pop", "user"));
}

TEST_F(KeySignIn, aSyncedKeyIsNoHardware) {
    RecordProperty("requirement", "F-04");
    Person bob = h.person(kBob);
    VirtualKey synced = h.key();
    synced.faults().backup_eligible = true;
    EXPECT_TRUE(h.firstKey(bob, synced).backup_eligible);
    const auto session = h.signIn(bob, synced);
    ASSERT_THAT(session, isOk());
    EXPECT_EQ(session->fields().acr, "phr");
}

TEST_F(KeySignIn, A0ACeremonyIsUsedOnceAlsoWhenItFails) {
    const auto offer = begin(ada);
    const Json good = asserted(key, test::request(offer.options));
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, Json())), "malformed_response");
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, good)), "unknown_ceremony");
    const auto next = begin(ada);
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, next.id, good)), "wrong_challenge");
    const auto last = begin(ada);
    const Json fresh = asserted(key, test::request(last.options));
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, last.id, fresh)), "ok");
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, last.id, fresh)), "unknown_ceremony");
}

TEST_F(KeySignIn, A0ACeremonyExpiresAndBelongsToItsBrowser) {
    const auto offer = begin(ada);
    Person thief = ada.elsewhere("198.51.100.9");
    begin(thief);
    EXPECT_EQ(
        KeyHouse::verdict(h.finish(thief, offer.id, asserted(key, test::request(offer.options)))),
        "wrong_browser");
    const auto late = begin(ada);
    h.house.clock().advance(std::chrono::seconds(120));
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, late.id, asserted(key, test::request(late.options)))),
              "unknown_ceremony");
    EXPECT_EQ(h.count("ceremonies"), 1) << "that of the thief";
}

TEST_F(KeySignIn, A0ACeremonyOfAnotherPurposeIsNone) {
    const Person bob = h.person(kBob);
    const auto session = h.inbox(bob);
    credential::Enrolment::Wish wish;
    wish.label = "x";
    const auto enrolment = h.enrolment.begin(session, wish, h.soon());
    ASSERT_THAT(enrolment, isOk());
    const auto offer = begin(ada);
    EXPECT_EQ(KeyHouse::verdict(
                  h.finish(ada, enrolment->id, asserted(key, test::request(offer.options)))),
              "unknown_ceremony");
}

TEST_F(KeySignIn, A1OnlyAListedCredentialAnswers) {
    const auto offer = begin(ada, std::string(kBob));
    auto ceremony = test::request(offer.options);
    ceremony.allow.clear();
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, asserted(key, ceremony))), "not_listed");
    const auto own = begin(ada, std::string(kAda));
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, own.id, asserted(key, test::request(own.options)))),
              "ok");
}

TEST_F(KeySignIn, A1AKeyThatIsNotActiveOpensNothing) {
    const auto write = [this](const Result<credential::Credentials::PreparedChange>& change) {
        ASSERT_THAT(change, isOk());
        ASSERT_THAT(h.house.database().write(h.soon(),
                                             [&](storage::Transaction& transaction) {
                                                 return credential::Credentials::write(transaction,
                                                                                       *change);
                                             }),
                    isOk());
    };
    write(h.credentials.prepareFreeze(h.authority(ada.account), document.id, "counter", h.soon()));
    EXPECT_EQ(plainVerdict(), "credential_not_active");
    write(
        h.credentials.prepareRemoval(h.authority(ada.account), document.id, ada.account, h.soon()));
    EXPECT_EQ(plainVerdict(), "unknown_credential");
    EXPECT_EQ(h.count("credentials"), 1) << "history is not deleted";
    EXPECT_EQ(h.authority(ada.account).credentials_digest, account::noCredentialsDigest());
    EXPECT_THAT(
        h.credentials.prepareRemoval(h.authority(ada.account), document.id, ada.account, h.soon()),
        failsWith(ErrorCode::kNotFound));
}

TEST_F(KeySignIn, A1AFrozenAccountSignsInWithNoKey) {
    const auto change =
        h.house.directory().prepareFreeze(h.authority(ada.account), std::nullopt, h.soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(h.house.database().write(h.soon(),
                                         [&](storage::Transaction& transaction) {
                                             return account::Directory::write(transaction, *change);
                                         }),
                isOk());
    EXPECT_EQ(plainVerdict(), "account_frozen");
}

TEST_F(KeySignIn, A2TheUserHandleIsThatOfTheAccount) {
    const auto offer = begin(ada);
    auto answer = test::assertion(key, test::request(offer.options));
    const Person bob = h.person(kBob);
    answer.user_handle = copyBytes(bob.account.bytes);
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, *Json::parse(answer.json()))),
              "wrong_user");
    const auto next = begin(ada);
    answer = test::assertion(key, test::request(next.options));
    answer.user_handle.reset();
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, next.id, *Json::parse(answer.json()))),
              "no_user_handle");
}

TEST_F(KeySignIn, A2AKeyOfNobodyIsRefused) {
    VirtualKey stranger = h.key();
    const Person bob = h.person(kBob);
    auto registration = test::BrowserCeremony();
    registration.challenge = Bytes(32, 1);
    registration.origin = test::kKeyOrigin;
    registration.rp_id = h.options.rp_id;
    registration.user_id = copyBytes(ada.account.bytes);
    test::registration(stranger, registration);
    const auto offer = begin(ada);
    EXPECT_EQ(KeyHouse::verdict(
                  h.finish(ada, offer.id, asserted(stranger, test::request(offer.options)))),
              "unknown_credential");
}

TEST_F(KeySignIn, everyStepOfTheVerificationRefuses) {
    EXPECT_EQ(verdict([](auto& ceremony) { ceremony.origin = "https://evil.example"; }),
              "wrong_origin");
    EXPECT_EQ(verdict([](auto& ceremony) { ceremony.type = "webauthn.create"; }), "wrong_type");
    EXPECT_EQ(verdict([](auto& ceremony) { ceremony.challenge[0] ^= 1; }), "wrong_challenge");
    key.faults().strip_user_verified = true;
    EXPECT_EQ(plainVerdict(), "user_not_verified");
    key.faults() = {};
    h.house.clock().advance(std::chrono::minutes(20));
    EXPECT_EQ(plainVerdict(), "ok");
}

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

TEST_F(KeySignIn, sixtyFourFinishesOfOneCeremonyOpenOneSession) {
    const auto offer = begin(ada);
    const Json response = asserted(key, test::request(offer.options));
    std::atomic<int> opened = 0;
    std::vector<std::thread> racers;
    for (int i = 0; i < 64; ++i) {
        racers.emplace_back([&] {
            if (KeyHouse::verdict(h.finish(ada, offer.id, response)) == "ok") ++opened;
        });
    }
    for (auto& racer : racers) racer.join();
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(*h.house.query("SELECT count(*) AS n FROM sessions WHERE kind = 'key'")
                   .front()
                   .integer("n"),
              1);
}

TEST_F(KeySignIn, A16ARefusedAssertionChangesNoState) {
    const std::int64_t version = *counterRow().integer("version");
    EXPECT_EQ(verdict([](auto& ceremony) { ceremony.origin = "https://evil.example"; }),
              "wrong_origin");
    key.faults().junk_signature = true;
    key.faults().backup_eligible = true;
    key.faults().backup_state = true;
    EXPECT_EQ(plainVerdict(), "backup_flags");
    key.faults() = {};
    key.faults().junk_signature = true;
    key.faults().counter = 4'000'000'000U;
    EXPECT_EQ(plainVerdict(), "bad_signature");
    key.faults() = {};
    EXPECT_EQ(*counterRow().integer("version"), version);
    EXPECT_FALSE(h.live(ada.account).front().backup_eligible);
    EXPECT_EQ(plainVerdict(), "ok");
    EXPECT_EQ(*counterRow().integer("version"), version + 1);
}

TEST_F(KeySignIn, A17AModelThatWasDeniedSinceOpensNothing) {
    RecordProperty("requirement", "F-05");
    EXPECT_EQ(plainVerdict(), "ok");
    h.options.attestation.authenticators.front().denied = "REVOKED";
    EXPECT_EQ(plainVerdict(), "authenticator_denied");
    h.options.attestation.authenticators.front().denied.reset();
    EXPECT_EQ(plainVerdict(), "ok");
}

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

TEST_F(KeySignIn, aLockedSessionIsUnlockedByItsAccount) {
    RecordProperty("requirement", "S-03");
    const auto opened = h.signIn(ada, key);
    ASSERT_THAT(opened, isOk());
    h.house.clock().advance(std::chrono::minutes(16));
    const auto offer = begin(ada);
    auto first = h.finish(ada, offer.id, asserted(key, test::request(offer.options)));
    ASSERT_EQ(KeyHouse::verdict(first), "ok");
    auto& held = std::get<credential::SignIn::Opened>(*first);
    h.house.clock().advance(std::chrono::minutes(16));
    const auto locked = h.sessions.check(held.session_cookie, h.soon());
    ASSERT_THAT(locked, isOk());
    ASSERT_TRUE(locked->locked());

    const auto again = begin(ada);
    auto unlocked = h.finish(ada, again.id, asserted(key, test::request(again.options)), *locked);
    ASSERT_EQ(KeyHouse::verdict(unlocked), "ok");
    const auto& session = std::get<credential::SignIn::Opened>(*unlocked).session;
    EXPECT_FALSE(session.locked());
    EXPECT_EQ(session.fields().predecessor, locked->id());
    EXPECT_EQ(session.fields().expires, locked->fields().expires);
    EXPECT_THAT(h.sessions.check(held.session_cookie, h.soon()),
                failsWith(ErrorCode::kUnauthenticated));
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

TEST_F(KeySignIn, optionsHaveOneShapeForEverybody) {
    RecordProperty("requirement", "L-11");
    h.person("keyless@example.test");
    const Person frozen = h.person("frozen@example.test");
    VirtualKey his = h.key();
    h.firstKey(frozen, his);
    const auto change =
        h.house.directory().prepareFreeze(h.authority(frozen.account), std::nullopt, h.soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(h.house.database().write(h.soon(),
                                         [&](storage::Transaction& transaction) {
                                             return account::Directory::write(transaction, *change);
                                         }),
                isOk());

    std::optional<test::CountingDevice::Counts> work;
    for (const std::string& email : {std::string(kAda),
                                     std::string("keyless@example.test"),
                                     std::string("frozen@example.test"),
                                     std::string("nobody@example.test")}) {
        Person asker = ada.elsewhere("192.0.2.7");
        h.house.device().reset();
        const auto commits = h.house.database().commits();
        const auto offer = begin(asker, email);
        EXPECT_EQ(h.house.database().commits() - commits, 1U) << email;
        const auto counts = h.house.device().counts();
        if (!work.has_value()) work = counts;
        EXPECT_EQ(counts, *work) << email;

        const auto listed = test::request(offer.options).allow;
        EXPECT_THAT(listed, SizeIs(4)) << email;
        EXPECT_THAT(listed, Each(AnyOf(SizeIs(48), SizeIs(64)))) << email;
        EXPECT_EQ(std::set<Bytes>(listed.begin(), listed.end()).size(), 4U) << email;
        for (const Json& entry : *offer.options.find("allowCredentials")->asArray())
            EXPECT_THAT(*entry.asObject(), SizeIs(2)) << email;
        EXPECT_EQ(test::request(begin(asker, email).options).allow, listed) << "stable: " << email;
        const bool real =
            std::find(listed.begin(), listed.end(), key.credentials().front().id) != listed.end();
        EXPECT_EQ(real, email == kAda);
    }
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(KeySignIn, aWrongAnswerCostsTheSameForAKeyAndForADummy) {
    RecordProperty("requirement", "L-11");
    std::optional<std::pair<test::CountingDevice::Counts, std::uint64_t>> work;
    const Bytes real = key.credentials().front().id;
    for (const bool is_real : {true, false}) {
        // The last one finds a pause.
        for (int i = 0; i < 6; ++i) {
            const auto offer = begin(ada, std::string(kAda));
            const auto listed = test::request(offer.options).allow;
            const auto dummy = std::find_if(
                listed.begin(), listed.end(), [&real](const Bytes& id) { return id != real; });
            ASSERT_NE(dummy, listed.end());
            key.faults().junk_signature = true;
            auto answer = test::assertion(key, test::request(offer.options));
            answer.id = is_real ? real : *dummy;
            const Json response = *Json::parse(answer.json());
            h.house.device().reset();
            const auto commits = h.house.database().commits();
            EXPECT_NE(KeyHouse::verdict(h.finish(ada, offer.id, response)), "ok");
            const auto spent =
                std::pair(h.house.device().counts(), h.house.database().commits() - commits);
            if (i == 0 && !work.has_value()) work = spent;
            if (i < 5) {
                EXPECT_EQ(spent, *work) << is_real << i;
            } else {
                EXPECT_EQ(spent.second, work->second - 1) << is_real;
            }
        }
    }
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(KeySignIn, optionsWithoutAnAddressNameNobody) {
    const auto offer = begin(ada);
    EXPECT_THAT(test::request(offer.options).allow, IsEmpty());
    EXPECT_EQ(*offer.options.find("userVerification")->asString(), "required");
    EXPECT_EQ(*offer.options.find("rpId")->asString(), h.options.rp_id);
    EXPECT_FALSE(offer.fresh_cookie && begin(ada).fresh_cookie) << "the login cookie is kept";
    EXPECT_THAT(h.begin(ada, "not an address"), failsWith(ErrorCode::kInvalidRequest));
}

TEST(KeySignInLimits, optionsAreCountedPerSource) {
    KeyHouse h(FirstKey::kSession, limit::Config{1, std::nullopt});
    Person ada = h.person(kAda);
    for (int i = 0; i < 60; ++i) ASSERT_THAT(h.begin(ada), isOk());
    EXPECT_THAT(h.begin(ada), failsWith(ErrorCode::kRateLimited));
    EXPECT_EQ(h.count("ceremonies"), 60);
    Person other = ada.elsewhere("198.51.100.9");
    EXPECT_THAT(h.begin(other), isOk());
    h.house.clock().advance(std::chrono::minutes(10) + std::chrono::seconds(1));
    EXPECT_THAT(h.begin(ada), isOk());
}

}  // namespace
}  // namespace sallyport
