#include "tests/support/enrolment_wishes.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

/// Named after the rows of the project's checklist for registration (WebAuthn L3 7.1): R0, R25,
/// R27, R28; R0b is in credential_right_test.cc.
namespace sallyport {
namespace {

using credential::CredentialStatus;
using credential::FirstKey;
using test::begin;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::Person;
using test::VirtualKey;
using test::wish;
using test::withTicket;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kBob = "bob@example.test";

TEST(Enrolment, aFirstKeyIsEnrolledAndListed) {
    RecordProperty("requirement", "F-09");
    KeyHouse h;
    Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto session = h.inbox(ada);
    const auto made = h.enrol(session, key);
    ASSERT_THAT(made, isOk());
    EXPECT_EQ(made->status, CredentialStatus::kActive);
    EXPECT_EQ(made->attestation, fido::Attestation::kVerified);
    EXPECT_EQ(made->label, "Blue key");
    EXPECT_FALSE(made->last_used.has_value());
    EXPECT_THAT(made->fingerprint, testing::MatchesRegex("[0-9a-f]{4}(-[0-9a-f]{4}){4}"));
    const auto listed = h.own_keys.list(session, KeyHouse::soon());
    ASSERT_THAT(listed, isOk());
    ASSERT_THAT(*listed, SizeIs(1));
    EXPECT_EQ(listed->front().json(), made->json());
    EXPECT_THAT(h.house.eventTypes(), Contains("credential.enrolled"));
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST(Enrolment, R0aCeremonyIsUsedOnceAlsoWhenItFails) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto session = h.inbox(ada);
    const auto offer = begin(h, session, wish());
    const Json good = registered(key, test::creation(offer.options));
    EXPECT_EQ(h.count("ceremonies"), 1);
    EXPECT_EQ(
        KeyHouse::verdict(h.enrolment.finish(session, offer.id, Json::Object{}, KeyHouse::soon())),
        "malformed_response");
    EXPECT_EQ(h.count("ceremonies"), 0);
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(session, offer.id, good, KeyHouse::soon())),
              "unknown_ceremony");
    EXPECT_EQ(h.count("credentials"), 0);
}

TEST(Enrolment, R0aResponseIsNotReplayed) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto session = h.inbox(ada);
    const auto first = begin(h, session, wish());
    const auto second = begin(h, session, wish());
    const Json response = registered(key, test::creation(first.options));
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(session, second.id, response, KeyHouse::soon())),
              "wrong_challenge");
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(session, first.id, response, KeyHouse::soon())),
              "ok");
}

TEST(Enrolment, R0aCeremonyExpires) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    for (const auto& [after, verdict] : {std::pair{std::chrono::seconds(119), "ok"},
                                         {std::chrono::seconds(120), "unknown_ceremony"}}) {
        const Person somebody = h.person(std::to_string(after.count()) + "@example.test");
        const auto his = h.inbox(somebody);
        VirtualKey key = h.key();
        const auto offer = begin(h, his, wish());
        h.house.clock().advance(after);
        EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(
                      his, offer.id, registered(key, test::creation(offer.options)), h.soon())),
                  verdict);
    }
}

TEST(Enrolment, R0aCeremonyBelongsToItsSessionAndPurpose) {
    KeyHouse h;
    Person ada = h.person(kAda);
    const Person bob = h.person(kBob);
    const auto session = h.inbox(ada);
    const auto other_of_ada = h.inbox(ada);
    const auto session_of_bob = h.inbox(bob);
    for (const auto* foreign : {&other_of_ada, &session_of_bob}) {
        VirtualKey key = h.key();
        const auto offer = begin(h, session, wish());
        EXPECT_EQ(
            KeyHouse::verdict(h.enrolment.finish(
                *foreign, offer.id, registered(key, test::creation(offer.options)), h.soon())),
            "unknown_ceremony");
    }
    VirtualKey key = h.key();
    const auto sign_in = h.begin(ada);
    ASSERT_THAT(sign_in, isOk());
    const auto offer = begin(h, session, wish());
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(
                  session, sign_in->id, registered(key, test::creation(offer.options)), h.soon())),
              "unknown_ceremony");
    EXPECT_EQ(h.count("credentials"), 0);
}

TEST(Enrolment, R0ACeremonyWithoutARightOrOfAnotherAccountIsNone) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    const Person bob = h.person(kBob);
    const auto session = h.inbox(ada);

    struct Case {
        std::string verdict;
        std::function<void(credential::Ceremony&)> bend;
    };

    const std::vector<Case> cases{
        {"unknown_ceremony", [](auto& ceremony) { ceremony.right.reset(); }},
        {"unknown_ceremony", [&bob](auto& ceremony) { ceremony.account = bob.account; }},
        {"unknown_ceremony", [](auto& ceremony) { ceremony.account.reset(); }},
        {"ok", [](auto&) {}},
    };
    for (const Case& bent : cases) {
        credential::Ceremony ceremony;
        ceremony.purpose = credential::Purpose::kEnrolment;
        ceremony.account = ada.account;
        ceremony.session = session.id();
        ceremony.right = credential::Right{};
        ceremony.policy_digest = h.options.policyDigest();
        ceremony.listed.emplace();
        bent.bend(ceremony);
        h.place(ceremony);
        VirtualKey key = h.key();
        test::BrowserCeremony shown;
        shown.challenge = ceremony.challenge();
        shown.origin = test::kKeyOrigin;
        shown.rp_id = h.options.rp_id;
        shown.user_id = copyBytes(ada.account.bytes);
        EXPECT_EQ(KeyHouse::verdict(
                      h.enrolment.finish(session, ceremony.id, registered(key, shown), h.soon())),
                  bent.verdict);
    }
    EXPECT_THAT(h.live(ada.account), SizeIs(1));
    EXPECT_THAT(h.live(bob.account), IsEmpty());
}

TEST(Enrolment, aCeremonyThatListedNothingListsNoCredential) {
    credential::Ceremony ceremony;
    EXPECT_FALSE(ceremony.lists(Bytes(16, 1)));
    ceremony.listed = std::vector<Bytes>{Bytes(16, 1)};
    EXPECT_TRUE(ceremony.lists(Bytes(16, 1)));
    EXPECT_FALSE(ceremony.lists(Bytes(16, 2)));
}

TEST(Enrolment, R25ACredentialIdIsRegisteredOnceForEver) {
    RecordProperty("requirement", "F-11");
    KeyHouse h;
    const Person ada = h.person(kAda);
    const Person bob = h.person(kBob);
    VirtualKey key = h.key();
    h.firstKey(ada, key);
    const Bytes taken = key.credentials().front().id;

    const auto session = h.inbox(bob);
    const auto again = [&] {
        VirtualKey other = h.key();
        other.faults().bend_auth_data = [&taken](test::crypto::Bytes& data) {
            std::copy(taken.begin(), taken.end(), data.begin() + 55);
        };
        const auto offer = begin(h, session, wish());
        auto registration = test::registration(other, test::creation(offer.options));
        registration.id = taken;
        return h.enrolment.finish(session, offer.id, *Json::parse(registration.json()), h.soon());
    };
    EXPECT_EQ(KeyHouse::verdict(again()), "already_registered");
    h.house.tamper("UPDATE credentials SET status = 'removed'");
    EXPECT_EQ(KeyHouse::verdict(again()), "already_registered");
    EXPECT_EQ(h.count("credentials"), 1);
}

TEST(Enrolment, R27WhatWasRegisteredIsStoredWhole) {
    RecordProperty("requirement", "F-05, F-06");
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto session = h.inbox(ada);
    const auto offer = begin(h, session, wish());
    const auto response = test::registration(key, test::creation(offer.options));
    const auto judged =
        h.enrolment.finish(session, offer.id, *Json::parse(response.json()), h.soon());
    ASSERT_EQ(KeyHouse::verdict(judged), "ok");

    const auto live = h.live(ada.account);
    ASSERT_THAT(live, SizeIs(1));
    const auto& stored = live.front();
    EXPECT_EQ(stored.webauthn_id, response.id);
    EXPECT_EQ(stored.public_key,
              test::crypto::coseKey(key.credentials().front().key, response.algorithm));
    EXPECT_EQ(static_cast<int>(stored.algorithm), response.algorithm);
    EXPECT_EQ(stored.aaguid, key.model().aaguid);
    EXPECT_FALSE(stored.backup_eligible);
    EXPECT_THAT(stored.transports, ElementsAre("usb"));
    EXPECT_EQ(stored.channel, Channel::kBrowser);
    EXPECT_EQ(stored.created_at, h.house.clock().now());
    EXPECT_TRUE(stored.hardware());

    const auto counter = h.house.query("SELECT * FROM credential_counters").front();
    EXPECT_EQ(*counter.integer("sign_count"), std::int64_t{key.counter()});
    const auto raw = h.house.query("SELECT * FROM attestations").front();
    EXPECT_EQ(*raw.bytes("attestation_object"), response.attestation_object);
    EXPECT_EQ(*raw.bytes("client_data_json"), response.client_data_json);
    EXPECT_EQ(h.authority(ada.account).credentials_digest,
              credential::credentialsDigest(credential::marksOf(live)));
}

TEST(Enrolment, R28OptionsNameTheAccountByItsIdAndExcludeItsKeys) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto session = h.inbox(ada);
    const auto first = begin(h, session, wish());
    const auto ceremony = test::creation(first.options);
    EXPECT_EQ(ceremony.user_id, copyBytes(ada.account.bytes));
    EXPECT_EQ(ceremony.user_name, kAda);
    EXPECT_THAT(ceremony.exclude, IsEmpty());
    EXPECT_EQ(*first.options.find("authenticatorSelection")->find("userVerification")->asString(),
              "required");
    EXPECT_EQ(*first.options.find("authenticatorSelection")->find("residentKey")->asString(),
              "required");
    h.firstKey(ada, key);

    h.approved = [&](const session::Session&, const ActionId& asked) {
        return Result<credential::ApprovedAction>(
            KeyHouse::approval(ada.account, asked, [](storage::Transaction&) { return Status(); }));
    };
    auto further = wish();
    further.action = ActionId::random(h.house.random());
    const auto offer = begin(h, session, further);
    const Bytes taken = key.credentials().front().id;
    EXPECT_THAT(test::creation(offer.options).exclude, ElementsAre(taken));
    EXPECT_THROW(test::registration(key, test::creation(offer.options)), test::KeyRefused);

    VirtualKey liar = h.key();
    liar.faults().bend_auth_data = [&taken](test::crypto::Bytes& data) {
        std::copy(taken.begin(), taken.end(), data.begin() + 55);
    };
    auto response = test::registration(liar, test::creation(offer.options));
    response.id = taken;
    const auto judged =
        h.enrolment.finish(session, offer.id, *Json::parse(response.json()), h.soon());
    ASSERT_EQ(KeyHouse::verdict(judged), "already_registered");
    EXPECT_EQ(std::get<fido::Refusal>(*judged).step, "7.1 step 26 (R28)")
        << "refused by the list that the options held, before anything is looked up";
}

TEST(Enrolment, whatTheOptionsAskForIsAskedAgainOfTheResponse) {
    RecordProperty("requirement", "F-01, F-03");
    KeyHouse h;
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);

    struct Case {
        std::string verdict;
        std::function<void(VirtualKey&, test::BrowserCeremony&)> bend;
    };

    const std::vector<Case> cases{
        {"wrong_origin", [](auto&, auto& ceremony) { ceremony.origin = "https://evil.example"; }},
        {"wrong_origin", [](auto&, auto& ceremony) { ceremony.origin = test::kKeyCliOrigin; }},
        {"user_not_verified", [](auto& key, auto&) { key.faults().strip_user_verified = true; }},
        {"wrong_rp_id", [](auto& key, auto&) { key.faults().wrong_rp_id_hash = true; }},
        {"algorithm_not_offered",
         [](auto&, auto& ceremony) { ceremony.algorithms = {test::crypto::kEs384}; }},
    };
    for (const Case& bent : cases) {
        VirtualKey key = h.key();
        const auto offer = begin(h, session, wish());
        auto ceremony = test::creation(offer.options);
        bent.bend(key, ceremony);
        EXPECT_EQ(KeyHouse::verdict(
                      h.enrolment.finish(session, offer.id, registered(key, ceremony), h.soon())),
                  bent.verdict);
    }
    EXPECT_EQ(h.count("credentials"), 0);
}

TEST(Enrolment, theChannelIsBound) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    auto asked = wish();
    asked.channel = Channel::kCli;
    for (const auto& [origin, verdict] :
         {std::pair{test::kKeyOrigin, "wrong_origin"}, {test::kKeyCliOrigin, "ok"}}) {
        VirtualKey key = h.key();
        const auto offer = begin(h, session, asked);
        EXPECT_EQ(KeyHouse::verdict(
                      h.enrolment.finish(session,
                                         offer.id,
                                         registered(key, test::creation(offer.options, origin)),
                                         h.soon())),
                  verdict);
    }
    EXPECT_EQ(h.live(ada.account).front().channel, Channel::kCli);
    h.options.cli_origin.reset();
    EXPECT_THAT(h.enrolment.begin(session, asked, h.soon()), failsWith(ErrorCode::kForbidden));
}

TEST(Enrolment, aLabelIsOneHarmlessLine) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    for (const std::string& label :
         {std::string("Blue key"), std::string("Schlüssel"), std::string(64, 'a')})
        EXPECT_THAT(h.enrolment.begin(session, wish(label), h.soon()), isOk()) << label;
    for (const std::string& label : {std::string(),
                                     std::string(65, 'a'),
                                     std::string(" blue"),
                                     std::string("blue "),
                                     std::string("two\nlines"),
                                     std::string("bidi\xe2\x80\xae"),
                                     std::string("bad\xff")})
        EXPECT_THAT(h.enrolment.begin(session, wish(label), h.soon()),
                    failsWith(ErrorCode::kInvalidRequest))
            << label;
}

TEST(Enrolment, sixtyFourFinishesOfOneCeremonyHaveOneEffect) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    VirtualKey key = h.key();
    const auto offer = begin(h, session, withTicket(h.ticket(ada.account)));
    const Json response = registered(key, test::creation(offer.options));
    std::atomic<int> made = 0;
    std::vector<std::thread> racers;
    for (int i = 0; i < 64; ++i) {
        racers.emplace_back([&] {
            if (KeyHouse::verdict(h.enrolment.finish(session, offer.id, response, h.soon())) ==
                "ok")
                ++made;
        });
    }
    for (auto& racer : racers) racer.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(h.count("credentials"), 1);
    EXPECT_EQ(h.count("credential_counters"), 1);
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST(Enrolment, housekeepingTakesWhatExpired) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    begin(h, session, withTicket(h.ticket(ada.account)));
    EXPECT_THAT(h.ceremonies.purge(10, h.soon()), test::isOkAndHolds(0));
    EXPECT_THAT(h.tickets.purge(10, h.soon()), test::isOkAndHolds(0));
    h.house.clock().advance(std::chrono::hours(25));
    EXPECT_THAT(h.ceremonies.purge(10, h.soon()), test::isOkAndHolds(1));
    EXPECT_THAT(h.tickets.purge(10, h.soon()), test::isOkAndHolds(1));
}

}  // namespace
}  // namespace sallyport
