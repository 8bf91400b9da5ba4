#include "tests/support/key_house.h"
#include "tests/support/matchers.h"
#include "tests/support/post_office.h"

#include <gmock/gmock.h>

/// Each change of a key is told to its holder by one mail, and what did not happen by none.
namespace sallyport::credential {
namespace {

using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::Person;
using test::PostOffice;
using test::SentMail;
using test::VirtualKey;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kToAda = "<ada@example.test>";

class KeyNotice : public testing::Test {
  protected:
    KeyNotice() : KeyNotice(FirstKey::kSession) {}

    explicit KeyNotice(FirstKey first) : h(first) {}

    /// Exactly one mail, to Ada, that says `words` and names the key.
    void expectMail(const std::string& words) {
        const auto mails = office.deliver();
        ASSERT_THAT(mails, SizeIs(1)) << words;
        EXPECT_EQ(mails.front().to, kToAda);
        EXPECT_THAT(mails.front().text, HasSubstr(words));
        EXPECT_THAT(mails.front().text, HasSubstr("\"Blue key\""));
    }

    void expectSilence(std::string_view why) {
        EXPECT_THAT(office.deliver(), IsEmpty()) << why;
        EXPECT_THAT(h.house.query("SELECT 1 FROM notices"), IsEmpty()) << why;
    }

    Status write(const Result<Credentials::PreparedChange>& change) {
        SALLYPORT_CHECK(change);
        return h.house.database().write(h.soon(), [&change](storage::Transaction& transaction) {
            return Credentials::write(transaction, *change);
        });
    }

    /// Written once; a change that was prepared beside it comes too late and is not told.
    template <class Prepare>
    void expectOne(const Prepare& prepare, const std::string& words) {
        const auto first = prepare();
        const auto second = prepare();
        ASSERT_THAT(first, isOk());
        ASSERT_THAT(second, isOk());
        ASSERT_THAT(write(first), isOk());
        expectMail(words);
        EXPECT_THAT(write(second), failsWith(ErrorCode::kConflict));
        expectSilence("a change that came too late");
    }

    std::string signIn() {
        h.house.clock().advance(std::chrono::seconds(1));
        const auto session = h.signIn(ada, key);
        return session ? "ok" : session.error().detail;
    }

    /// Adds a key for Ada, whose mail is read.
    KeyDocument added() {
        auto document = h.firstKey(ada, key);
        expectMail("was added");
        return document;
    }

    account::Authority authority() { return h.authority(ada.account); }

    KeyHouse h;
    Person ada = h.person(kAda);
    Person bob = h.person("bob@example.test");
    VirtualKey key = h.key();
    PostOffice office{h.house};
};

class KeyNoticeOfTickets : public KeyNotice {
  protected:
    KeyNoticeOfTickets() : KeyNotice(FirstKey::kTicketAndActivation) {}
};

TEST_F(KeyNotice, ofAKeyThatIsAdded) {
    RecordProperty("requirement", "R-04");
    key.faults().wrong_rp_id_hash = true;
    EXPECT_THAT(h.enrol(h.inbox(ada), key), failsWith(ErrorCode::kForbidden));
    expectSilence("a registration that was refused");
    key.faults().wrong_rp_id_hash = false;
    added();
    EXPECT_EQ(signIn(), "ok");
    EXPECT_THAT(h.own_keys.list(h.inbox(ada), h.soon()), isOk());
    expectSilence("a sign-in and a list change nothing");
    VirtualKey other = h.key();
    EXPECT_THAT(h.enrol(h.inbox(ada), other), failsWith(ErrorCode::kStepUpRequired));
    expectSilence("a key that needs an approval");
}

TEST_F(KeyNotice, ofAKeyThatIsAddedByAnApproval) {
    added();
    Status settles = fail(ErrorCode::kConflict, "executed before");
    h.approved = [&](const session::Session&, const ActionId& action) {
        return Result<ApprovedAction>(KeyHouse::approval(
            ada.account, action, [&settles](storage::Transaction&) { return settles; }));
    };
    const auto action = ActionId::random(h.house.random());
    VirtualKey spare = h.key();
    EXPECT_THAT(h.enrol(h.inbox(ada), spare, std::nullopt, action),
                failsWith(ErrorCode::kConflict));
    expectSilence("the transaction failed");
    settles = {};
    VirtualKey other = h.key();
    ASSERT_THAT(h.enrol(h.inbox(ada), other, std::nullopt, action), isOk());
    expectMail("was added");
}

TEST_F(KeyNoticeOfTickets, ofAKeyThatWaitsForItsActivation) {
    RecordProperty("requirement", "R-04");
    const auto ticket = h.ticket(ada.account, ActionId::random(h.house.random()));
    const auto document = h.enrol(h.inbox(ada), key, ticket);
    ASSERT_THAT(document, isOk());
    ASSERT_EQ(document->status, CredentialStatus::kProvisional);
    expectMail("It opens nothing before it is activated");
    expectOne(
        [&] {
            return h.credentials.prepareActivation(
                authority(), document->id, std::nullopt, h.soon());
        },
        "was activated");
    EXPECT_THAT(h.credentials.prepareActivation(authority(), document->id, std::nullopt, h.soon()),
                failsWith(ErrorCode::kConflict));
    expectSilence("it is active already");
}

TEST_F(KeyNotice, ofAKeyThatIsRemoved) {
    RecordProperty("requirement", "R-04");
    const auto document = added();
    expectOne(
        [&] {
            return h.credentials.prepareRemoval(authority(), document.id, std::nullopt, h.soon());
        },
        "was removed");
    EXPECT_NE(signIn(), "ok");
    expectSilence("it is gone");
}

TEST_F(KeyNotice, ofAKeyThatIsLostForGood) {
    RecordProperty("requirement", "R-04");
    const auto document = added();
    expectOne(
        [&] { return h.credentials.prepareLoss(authority(), document.id, std::nullopt, h.soon()); },
        "reported as lost for good");
}

TEST_F(KeyNotice, ofAReportAndOfTheTouchThatLiftsIt) {
    RecordProperty("requirement", "R-04, F-08");
    const auto document = added();
    EXPECT_THAT(h.own_keys.reportLost(h.inbox(bob), document.id, h.soon()),
                failsWith(ErrorCode::kNotFound));
    expectSilence("not his key");
    ASSERT_THAT(h.own_keys.reportLost(h.inbox(ada), document.id, h.soon()), isOk());
    expectMail("It opens nothing until somebody signs in with that very key");
    EXPECT_THAT(h.own_keys.reportLost(h.inbox(ada), document.id, h.soon()), isOk());
    expectSilence("it was reported before");
    key.faults().junk_signature = true;
    EXPECT_NE(signIn(), "ok");
    expectSilence("an assertion that was refused");
    key.faults().junk_signature = false;
    ASSERT_EQ(signIn(), "ok");
    expectMail("had been reported as lost");
    EXPECT_EQ(signIn(), "ok");
    expectSilence("it is active again");
}

TEST_F(KeyNotice, ofAKeyThatMayHaveBeenCopied) {
    RecordProperty("requirement", "R-04, F-09");
    added();
    EXPECT_EQ(signIn(), "ok");
    expectSilence("it counts forwards");
    key.faults().counter = 0;
    ASSERT_EQ(signIn(), "counter_regression");
    expectMail("it counted backwards");
    EXPECT_EQ(signIn(), "credential_not_active");
    expectSilence("it is frozen already");
}

TEST_F(KeyNotice, ofAKeyThatFailedTooOften) {
    const auto document = added();
    expectOne(
        [&] { return h.credentials.prepareFreeze(authority(), document.id, "failures", h.soon()); },
        "after too many failed attempts");
}

TEST_F(KeyNotice, isNotDrownedByNoise) {
    const auto document = added();
    std::size_t mails = 0;
    for (int i = 0; i < 15; ++i) {
        ASSERT_THAT(h.own_keys.reportLost(h.inbox(ada), document.id, h.soon()), isOk());
        ASSERT_EQ(signIn(), "ok");
        mails += office.deliver().size();
    }
    EXPECT_EQ(mails, 20U) << "ten of each kind in an hour";
    ASSERT_THAT(
        write(h.credentials.prepareRemoval(authority(), document.id, std::nullopt, h.soon())),
        isOk());
    expectMail("was removed");
}

TEST_F(KeyNotice, makesNobodyWaitForMail) {
    office.close();
    const auto document = h.firstKey(ada, key);
    EXPECT_THAT(office.deliver(), IsEmpty());
    EXPECT_EQ(signIn(), "ok");
    ASSERT_THAT(
        write(h.credentials.prepareRemoval(authority(), document.id, std::nullopt, h.soon())),
        isOk());
    office.close(false);
    h.house.clock().advance(std::chrono::minutes(1));
    EXPECT_THAT(office.deliver(), SizeIs(2));
}

}  // namespace
}  // namespace sallyport::credential
