#include "tests/support/enrolment_wishes.h"

#include <gmock/gmock.h>

/// By what right a key is enrolled (row R0b of the project's checklist for registration).
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
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kBob = "bob@example.test";

TEST(Enrolment, R0bAFirstKeyNeedsATicketWhereTheProfileSaysSo) {
    RecordProperty("requirement", "F-02, L-16");
    for (const FirstKey first : {FirstKey::kTicket, FirstKey::kTicketAndActivation}) {
        KeyHouse h(first);
        const Person ada = h.person(kAda);
        const Person bob = h.person(kBob);
        const auto session = h.inbox(ada, mint::SessionKind::kPending);
        EXPECT_THAT(h.enrolment.begin(session, wish(), h.soon()), failsWith(ErrorCode::kForbidden));
        const std::string of_bob = h.ticket(bob.account);
        EXPECT_THAT(h.enrolment.begin(session, withTicket(of_bob), h.soon()),
                    failsWith(ErrorCode::kForbidden));
        const std::string replaced = h.ticket(ada.account);
        const std::string ticket = h.ticket(ada.account);
        EXPECT_THAT(h.enrolment.begin(session, withTicket(replaced), h.soon()),
                    failsWith(ErrorCode::kForbidden));
        std::string bent = ticket;
        bent[bent.size() - 3] = bent[bent.size() - 3] == 'A' ? 'B' : 'A';
        EXPECT_THAT(h.enrolment.begin(session, withTicket(bent), h.soon()),
                    failsWith(ErrorCode::kForbidden));
        VirtualKey key = h.key();
        const auto made = h.enrol(session, key, ticket);
        ASSERT_THAT(made, isOk());
        EXPECT_EQ(made->status, CredentialStatus::kActive) << "a ticket of the host";
        EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()),
                    failsWith(ErrorCode::kForbidden));
    }
}

TEST(Enrolment, aKeyByATicketOfAnActionWaitsForItsActivation) {
    RecordProperty("requirement", "U-07");
    KeyHouse h(FirstKey::kTicketAndActivation);
    Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const std::string ticket = h.ticket(ada.account, ActionId::random(h.house.random()));
    const auto made = h.enrol(h.inbox(ada), key, ticket);
    ASSERT_THAT(made, isOk());
    EXPECT_EQ(made->status, CredentialStatus::kProvisional);
    EXPECT_THAT(h.signIn(ada, key), failsWith(ErrorCode::kForbidden));

    const auto change =
        h.credentials.prepareActivation(h.authority(ada.account), made->id, std::nullopt, h.soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(h.house.database().write(h.soon(),
                                         [&](storage::Transaction& transaction) {
                                             return credential::Credentials::write(transaction,
                                                                                   *change);
                                         }),
                isOk());
    EXPECT_THAT(h.signIn(ada, key), isOk());
    EXPECT_THAT(h.house.eventTypes(), Contains("credential.activated"));
    EXPECT_THAT(
        h.credentials.prepareActivation(h.authority(ada.account), made->id, std::nullopt, h.soon()),
        failsWith(ErrorCode::kConflict));
}

TEST(Enrolment, R0bAFurtherKeyNeedsAnApprovalByAnExistingOne) {
    RecordProperty("requirement", "F-02");
    for (const FirstKey first : {FirstKey::kSession, FirstKey::kTicket}) {
        KeyHouse h(first);
        const Person ada = h.person(kAda);
        const Person bob = h.person(kBob);
        VirtualKey key = h.key();
        VirtualKey spare = h.key();
        h.firstKey(ada, key);
        const auto session = h.inbox(ada);
        EXPECT_THAT(h.enrolment.begin(session, wish(), h.soon()),
                    failsWith(ErrorCode::kStepUpRequired));
        EXPECT_THAT(h.enrolment.begin(session, withTicket(h.ticket(ada.account)), h.soon()),
                    failsWith(ErrorCode::kStepUpRequired));
        const ActionId action = ActionId::random(h.house.random());
        EXPECT_THAT(h.enrol(session, spare, std::nullopt, action),
                    failsWith(ErrorCode::kStepUpRequired));
        EXPECT_THAT(h.enrol(session, spare, h.ticket(ada.account), action),
                    failsWith(ErrorCode::kInvalidRequest))
            << "a ticket or an action, not both";
        h.approved = [&](const session::Session&, const ActionId& asked) {
            return Result<credential::ApprovedAction>(KeyHouse::approval(
                bob.account, asked, [](storage::Transaction&) { return Status(); }));
        };
        EXPECT_THAT(h.enrol(session, spare, std::nullopt, action), failsWith(ErrorCode::kForbidden))
            << "approved by somebody else's key";
        EXPECT_EQ(h.count("credentials"), 1);
    }
}

TEST(Enrolment, anApprovedActionIsSettledWithTheKeyOrNeitherHappens) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    VirtualKey spare = h.key();
    VirtualKey third = h.key();
    h.firstKey(ada, key);
    const auto session = h.inbox(ada);
    const ActionId action = ActionId::random(h.house.random());
    h.approved = [&](const session::Session&, const ActionId& asked) {
        return Result<credential::ApprovedAction>(
            KeyHouse::approval(ada.account, asked, [](storage::Transaction& transaction) -> Status {
                // An action that can be executed once, in SQL because a body may run twice.
                SALLYPORT_TRY(const auto changed,
                              transaction.execute("UPDATE credentials SET label = label WHERE "
                                                  "(SELECT count(*) FROM credentials) = 1",
                                                  {}));
                if (changed > 0) return {};
                return fail(ErrorCode::kConflict, "executed already");
            }));
    };
    const auto made = h.enrol(session, spare, std::nullopt, action);
    ASSERT_THAT(made, isOk());
    EXPECT_EQ(made->status, CredentialStatus::kActive);
    EXPECT_THAT(h.enrol(session, third, std::nullopt, action), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.count("credentials"), 2);
    EXPECT_EQ(h.count("attestations"), 2);
    EXPECT_THAT(h.live(ada.account), SizeIs(2));
}

TEST(Enrolment, R0bASuspendedKeyMakesNoRoomForASession) {
    RecordProperty("requirement", "F-08");
    KeyHouse h;
    const Person ada = h.person(kAda);
    VirtualKey key = h.key();
    const auto made = h.firstKey(ada, key);
    const auto session = h.inbox(ada);
    ASSERT_THAT(h.own_keys.reportLost(session, made.id, h.soon()), isOk());
    EXPECT_THAT(h.enrolment.begin(session, wish(), h.soon()), failsWith(ErrorCode::kForbidden));
    VirtualKey spare = h.key();
    EXPECT_THAT(h.enrol(session, spare, h.ticket(ada.account)), isOk());
}

TEST(Enrolment, ofTwoCeremoniesSideBySideOneMakesTheFirstKey) {
    KeyHouse h;
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    VirtualKey one = h.key();
    VirtualKey two = h.key();
    const auto first = begin(h, session, wish());
    const auto second = begin(h, session, wish());
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(
                  session, first.id, registered(one, test::creation(first.options)), h.soon())),
              "ok");
    EXPECT_THAT(h.enrolment.finish(
                    session, second.id, registered(two, test::creation(second.options)), h.soon()),
                failsWith(ErrorCode::kStepUpRequired));
    EXPECT_THAT(h.live(ada.account), SizeIs(1));
}

}  // namespace
}  // namespace sallyport
