#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// What people and clients do with actions, and what is refused.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;
using testing::Contains;
using testing::IsEmpty;

class ActionFlow : public testing::Test {
  protected:
    static std::string verdict(const Result<fido::Judged<Approved>>& judged) {
        return ActionHouse::verdict(judged);
    }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
};

TEST_F(ActionFlow, isProposedShownApprovedAndLogged) {
    const auto proposed = h.propose(clerk, "payment.release", test::paymentOf("1250.5"));
    ASSERT_THAT(proposed, isOk());
    EXPECT_EQ(proposed->text,
              "Release 1,250.50 EUR to “Fischer & Söhne”, account DE89 3704 0044 0532 0130 00");
    EXPECT_EQ(proposed->action.state, State::kProposed);
    EXPECT_FALSE(proposed->may_approve);
    const ActionId id = proposed->action.id;

    const auto waiting = h.service.list(treasurer.caller(), ActionHouse::soon());
    ASSERT_THAT(waiting, isOk());
    ASSERT_EQ(waiting->size(), 1U);
    EXPECT_TRUE(waiting->front().may_approve);

    const auto approved = h.approve(treasurer, id);
    ASSERT_EQ(verdict(approved), "ok");
    EXPECT_EQ(std::get<Approved>(*approved).view.action.state, State::kApproved);
    EXPECT_EQ(std::get<Approved>(*approved).view.approvals, 1U);
    EXPECT_THAT(h.house.eventTypes(), Contains("action.proposed"));
    EXPECT_THAT(h.house.eventTypes(), Contains("action.approved"));
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(ActionFlow, theChallengeIsTheTranscriptOfWhatIsShown) {
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    const auto json = asked->transcript.json();
    ASSERT_THAT(json, isOk());
    const auto read = Transcript::fromJson(*json);
    ASSERT_THAT(read, isOk());
    EXPECT_EQ(*asked->options.find("challenge"), Json(base64url::encode(*read->challenge())));
    EXPECT_EQ(*asked->options.find("userVerification"), Json("required"));
    EXPECT_EQ(asked->options.find("allowCredentials")->asArray()->size(), 1U);
    EXPECT_EQ(read->account, treasurer.account());
    EXPECT_EQ(read->action.proposer, clerk.account());
}

TEST_F(ActionFlow, isShownInTheReadersLanguage) {
    const ActionId id = h.payment(clerk);
    auto caller = treasurer.caller();
    caller.languages = "fr;q=1, de-CH;q=0.9, en";
    const auto view = h.service.read(caller, id, Duration::zero(), ActionHouse::soon());
    ASSERT_THAT(view, isOk());
    EXPECT_EQ(view->text,
              "1 250.00 EUR an “Fischer & Söhne”, Konto DE89 3704 0044 0532 0130 00, freigeben");
    const auto asked = h.service.challenge(caller, id, ActionHouse::soon());
    ASSERT_THAT(asked, isOk());
    EXPECT_EQ(asked->transcript.locale, "de");
    EXPECT_EQ(verdict(h.answer(treasurer, id, h.touch(treasurer, *asked))), "ok");
}

TEST_F(ActionFlow, isNotFoundByWhomItDoesNotConcern) {
    Approver stranger = h.somebody("stranger@example.test");
    const ActionId id = h.payment(clerk);
    EXPECT_THAT(h.service.read(stranger.caller(), id, Duration::zero(), ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.challenge(stranger, id), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.deny(stranger.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.cancel(treasurer.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.evidence(stranger.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    // Whoever proposed it sees it, and does not judge it.
    EXPECT_THAT(h.service.deny(clerk.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionFlow, isNotFoundUnderAnotherId) {
    h.payment(clerk);
    const ActionId other = ActionId::random(h.house.random());
    EXPECT_THAT(h.service.read(clerk.caller(), other, Duration::zero(), ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.challenge(treasurer, other), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.deny(treasurer.caller(), other, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.cancel(clerk.caller(), other, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.service.evidence(clerk.caller(), other, ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    EXPECT_EQ(verdict(h.answer(treasurer, other, Json::Object{})), "challenge");
    EXPECT_THAT(h.execution.run(other, ActionHouse::soon()), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.approvals.read(other, ActionHouse::soon()), failsWith(ErrorCode::kNotFound));
}

TEST_F(ActionFlow, whoeverProposedItDoesNotApproveIt) {
    h.changeAuthority(clerk.account(),
                      [](storage::Row& row) { row.set("roles", "clerk treasurer"); });
    const ActionId id = h.payment(clerk);
    EXPECT_THAT(h.challenge(clerk, id), failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(verdict(h.approve(treasurer, id)), "ok");
}

TEST_F(ActionFlow, nobodyApprovesWithTheSecondAccountOfThePersonWhoProposed) {
    const auto person = PersonId::random(h.house.random());
    for (const auto& account : {clerk.account(), treasurer.account()})
        h.changeAuthority(account, [&](storage::Row& row) { row.set("person_id", person); });
    const ActionId id = h.payment(clerk);
    EXPECT_THAT(h.challenge(treasurer, id), failsWith(ErrorCode::kNotFound));
}

TEST_F(ActionFlow, twoOfNAreTwoPersons) {
    Approver one = h.somebody("one@example.test", {"records"});
    Approver again = h.somebody("one.again@example.test", {"records"});
    Approver two = h.somebody("two@example.test", {"records"});
    const auto person = PersonId::random(h.house.random());
    for (const auto& account : {one.account(), again.account()})
        h.changeAuthority(account, [&](storage::Row& row) { row.set("person_id", person); });
    const auto proposed =
        h.propose(clerk, "records.export", Json::Object{{"dataset", "Patients 2026"}});
    ASSERT_THAT(proposed, isOk());
    const ActionId id = proposed->action.id;
    EXPECT_EQ(verdict(h.approve(one, id)), "ok");
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(verdict(h.approve(one, id)), "conflict");
    EXPECT_EQ(verdict(h.approve(again, id)), "conflict");
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(verdict(h.approve(two, id)), "ok");
    EXPECT_EQ(h.stateOf(id), "approved");
}

TEST_F(ActionFlow, twoAccountsThatBecomeOnePersonLaterCountOnce) {
    Approver one = h.somebody("one@example.test", {"records"});
    Approver two = h.somebody("two@example.test", {"records"});
    const auto proposed = h.propose(clerk, "records.export", Json::Object{{"dataset", "All"}});
    ASSERT_THAT(proposed, isOk());
    const ActionId id = proposed->action.id;
    EXPECT_EQ(verdict(h.approve(one, id)), "ok");
    EXPECT_EQ(verdict(h.approve(two, id)), "ok");
    const auto person = PersonId::random(h.house.random());
    for (const auto& account : {one.account(), two.account()})
        h.changeAuthority(account, [&](storage::Row& row) { row.set("person_id", person); });
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionFlow, oneDenyEndsIt) {
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    const auto denied = h.service.deny(treasurer.caller(), id, ActionHouse::soon());
    ASSERT_THAT(denied, isOk());
    EXPECT_EQ(denied->action.state, State::kDenied);
    EXPECT_EQ(verdict(h.answer(treasurer, id, h.touch(treasurer, *asked))), "conflict");
    EXPECT_EQ(h.stateOf(id), "denied");
    EXPECT_THAT(h.house.eventTypes(), Contains("action.denied"));
}

TEST_F(ActionFlow, itsProposerCancelsItAlsoWhenItIsApproved) {
    const ActionId id = h.payment(clerk);
    EXPECT_EQ(verdict(h.approve(treasurer, id)), "ok");
    EXPECT_THAT(h.service.cancel(clerk.caller(), id, ActionHouse::soon()), isOk());
    EXPECT_EQ(h.stateOf(id), "cancelled");
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_THAT(h.service.cancel(clerk.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kConflict));
}

TEST_F(ActionFlow, expiresWithItsChallenge) {
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    const Json response = h.touch(treasurer, *asked);
    h.house.clock().advance(std::chrono::seconds(121));
    EXPECT_EQ(verdict(h.answer(treasurer, id, response)), "challenge");
    h.house.clock().advance(std::chrono::minutes(5));
    EXPECT_THAT(h.challenge(treasurer, id), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(h.execution.expire(10, ActionHouse::soon()), test::isOkAndHolds(1));
    EXPECT_EQ(h.stateOf(id), "expired");
    EXPECT_THAT(h.execution.expire(10, ActionHouse::soon()), test::isOkAndHolds(0));
    EXPECT_THAT(h.house.eventTypes(), Contains("action.expired"));
    EXPECT_EQ(h.keys.count("approval_challenges"), 0);
    // What was approved is kept, whatever became of it; the rest is in the log.
    const ActionId kept = h.payment(clerk);
    EXPECT_EQ(verdict(h.approve(treasurer, kept)), "ok");
    h.house.clock().advance(std::chrono::minutes(6));
    EXPECT_THAT(h.execution.expire(10, ActionHouse::soon()), test::isOkAndHolds(1));
    h.house.clock().advance(std::chrono::hours(25));
    EXPECT_THAT(h.execution.expire(10, ActionHouse::soon()), test::isOkAndHolds(0));
    EXPECT_EQ(h.stateOf(id), "none");
    EXPECT_EQ(h.stateOf(kept), "expired");
}

TEST_F(ActionFlow, aChallengeIsSpentByEveryAnswer) {
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    const Json response = h.touch(treasurer, *asked);
    EXPECT_EQ(verdict(h.answer(treasurer, id, Json::Object{{"id", "x"}})), "malformed_response");
    EXPECT_EQ(verdict(h.answer(treasurer, id, response)), "challenge");
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionFlow, anApprovalIsForNoOtherActionAndForNoSecondOne) {
    RecordProperty("requirement", "F-03");
    const ActionId small = h.payment(clerk, "1.00");
    const ActionId large = h.payment(clerk, "900000.00");
    const auto asked = h.challenge(treasurer, small);
    ASSERT_THAT(asked, isOk());
    ASSERT_THAT(h.challenge(treasurer, large), isOk());
    const Json response = h.touch(treasurer, *asked);
    EXPECT_NE(verdict(h.answer(treasurer, large, response)), "ok");
    EXPECT_EQ(h.stateOf(large), "proposed");
    EXPECT_EQ(verdict(h.answer(treasurer, small, response)), "ok");
    EXPECT_EQ(verdict(h.answer(treasurer, small, response)), "challenge");
    EXPECT_EQ(h.keys.count("approvals"), 1);
}

TEST_F(ActionFlow, aStolenCookieApprovesNothing) {
    Approver thief = h.somebody("thief@example.test", {"treasurer"});
    const ActionId id = h.payment(clerk);
    // The thief has the treasurer's session, and a key of his own.
    Approver stolen = treasurer.in(treasurer.session, thief.key);
    const auto asked = h.challenge(stolen, id);
    ASSERT_THAT(asked, isOk());
    test::BrowserCeremony ceremony = test::request(asked->options);
    ceremony.allow.clear();
    EXPECT_NE(verdict(h.answer(stolen, id, test::asserted(stolen.key, ceremony))), "ok");
    // A challenge of one session is not answered in another, not even by the same key.
    const auto again = h.challenge(stolen, id);
    ASSERT_THAT(again, isOk());
    const auto session = h.keys.signIn(treasurer.person, treasurer.key);
    ASSERT_THAT(session, isOk());
    const Approver elsewhere = treasurer.in(*session, treasurer.key);
    EXPECT_EQ(verdict(h.answer(elsewhere, id, h.touch(treasurer, *again))), "challenge");
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionFlow, anAssertionWithoutUserVerificationApprovesNothing) {
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    test::BrowserCeremony ceremony = test::request(asked->options);
    ceremony.user_verification = false;
    EXPECT_NE(verdict(h.answer(treasurer, id, test::asserted(treasurer.key, ceremony))), "ok");
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionFlow, aPendingSessionProposesAndApprovesNothing) {
    const ActionId id = h.payment(clerk);
    const auto pending = h.keys.inbox(treasurer.person, mint::SessionKind::kPending);
    const Approver barely = treasurer.in(pending, treasurer.key);
    EXPECT_THAT(h.challenge(barely, id), failsWith(ErrorCode::kForbidden));
    const auto other = h.keys.inbox(clerk.person, mint::SessionKind::kPending);
    const Approver proposer = clerk.in(other, clerk.key);
    EXPECT_THAT(h.propose(proposer, "payment.release", test::paymentOf("1")),
                failsWith(ErrorCode::kForbidden));
}

TEST(ActionPolicy, asksForChannelAgeAndDelay) {
    TypePolicy policy = test::paymentPolicy();
    policy.channel = Channel::kCli;
    policy.max_age = std::chrono::minutes(5);
    policy.ttl = std::chrono::hours(2);
    policy.delay = std::chrono::hours(1);
    policy.acr = "phrh";
    ActionHouse h({}, policy);
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    const ActionId id = h.payment(clerk);
    EXPECT_THAT(h.challenge(treasurer, id), failsWith(ErrorCode::kForbidden)) << "channel";
    treasurer.channel = Channel::kCli;
    // A response whose origin is the browser's is none of the workstation client.
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    EXPECT_NE(ActionHouse::verdict(h.answer(
                  treasurer, id, test::asserted(treasurer.key, test::request(asked->options)))),
              "ok");
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
    EXPECT_EQ(h.stateOf(id), "approved");
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), failsWith(ErrorCode::kConflict));
    const ActionId later = h.payment(clerk);
    h.house.clock().advance(std::chrono::minutes(6));
    EXPECT_THAT(h.challenge(treasurer, later), failsWith(ErrorCode::kStepUpRequired));
    h.house.clock().advance(std::chrono::minutes(55));
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), isOk());
}

TEST(ActionPolicy, aKeyThatDoesNotReachTheAcrIsNotAskedFor) {
    TypePolicy policy = test::paymentPolicy();
    policy.acr = "phrh";
    ActionHouse h({}, policy);
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    auto person = h.keys.person("treasurer@example.test", {"treasurer"});
    test::KeyModel model;
    model.attestation = test::KeyModel::Attestation::kNone;
    test::VirtualKey key(model);
    static_cast<void>(h.keys.firstKey(person, key));
    const auto session = h.keys.signIn(person, key);
    ASSERT_THAT(session, isOk());
    const Approver treasurer{std::move(person), key, *session, Channel::kBrowser};
    EXPECT_THAT(h.challenge(treasurer, h.payment(clerk)), failsWith(ErrorCode::kForbidden));
}

}  // namespace
}  // namespace sallyport::action
