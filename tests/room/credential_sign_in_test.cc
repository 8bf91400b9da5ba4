#include "credential/tables.h"
#include "tests/support/key_sign_in.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

/// Sign-in by key, named after the rows of the project's checklist for assertions (WebAuthn L3
/// 7.2): A0, A1, A2, A16, A17; A14 is in credential_counter_test.cc.
namespace sallyport {
namespace {

using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::KeySignIn;
using test::Person;
using test::VirtualKey;
using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

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

TEST_F(KeySignIn, A0ABrowserWithoutTheRightLoginCookieIsAnother) {
    for (const std::string_view cookie : {"", "not base64url!", "AAAA"}) {
        const auto offer = begin(ada);
        Person other = ada.elsewhere("192.0.2.1");
        if (!cookie.empty()) other.requester.login_cookie = Secret(cookie);
        EXPECT_EQ(KeyHouse::verdict(
                      h.finish(other, offer.id, asserted(key, test::request(offer.options)))),
                  "wrong_browser")
            << cookie;
    }
}

TEST_F(KeySignIn, A0ACeremonyThatNamesNoBrowserIsOfNone) {
    begin(ada);
    for (const bool named : {false, true}) {
        credential::Ceremony ceremony;
        if (named) ceremony.binding = *session::bindingOf(*ada.requester.login_cookie);
        h.place(ceremony);
        test::BrowserCeremony shown;
        shown.challenge = ceremony.challenge();
        shown.origin = test::kKeyOrigin;
        shown.rp_id = h.options.rp_id;
        EXPECT_EQ(KeyHouse::verdict(h.finish(ada, ceremony.id, asserted(key, shown))),
                  named ? "ok" : "wrong_browser");
    }
}

TEST_F(KeySignIn, A0ACopyOfACeremonyIsNoSecondOne) {
    const auto offer = begin(ada);
    const Json response = asserted(key, test::request(offer.options));
    const CeremonyId copy = CeremonyId::random(h.house.random());
    storage::Row row = h.house.query("SELECT * FROM ceremonies").front();
    row.set("id", copy);
    std::string columns;
    std::string marks;
    std::vector<storage::Value> values;
    for (const auto& column : credential::ceremoniesTable().columns) {
        columns += (columns.empty() ? "" : ", ") + std::string(column.name);
        values.push_back(*row.find(column.name));
        marks += (marks.empty() ? "$" : ", $") + std::to_string(values.size());
    }
    h.house.tamper("INSERT INTO ceremonies (" + columns + ") VALUES (" + marks + ")", values);
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, copy, response)), "unknown_ceremony");
    EXPECT_EQ(KeyHouse::verdict(h.finish(ada, offer.id, response)), "ok")
        << "an editor spends nobody's ceremony";
    EXPECT_THAT(h.house.integrityReports(), SizeIs(1));
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

}  // namespace
}  // namespace sallyport
