#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <thread>

/// From approved to executed: once, and only while every approval still counts.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::InterruptedMint;
using test::isOk;
using test::isOkAndHolds;
using testing::Contains;
using testing::Not;

/// A built-in type whose effect is one more row in `replays`: it can be counted.
Type countedType(ActionHouse** house, const std::function<Status()>& before) {
    Type type;
    type.policy.type = "admin.test";
    type.policy.text = {{"en", "Do it"}};
    type.policy.approver_roles = {"operator"};
    type.mode = Mode::kDirect;
    type.prepare = [house, &before](const ActionRow& /*action*/,
                                    const std::vector<Counted>& /*approvals*/,
                                    Deadline /*deadline*/) -> Result<Effect> {
        SALLYPORT_CHECK(before());
        Effect effect;
        const auto id = EventId::random((*house)->house.random());
        effect.write = [id](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(
                transaction.execute("INSERT INTO replays (id, expires_at) VALUES ($1, 0)", {id}));
            return {};
        };
        return effect;
    };
    return type;
}

class ActionExecution : public testing::Test {
  protected:
    explicit ActionExecution(Duration delay = Duration::zero())
        : h([this, delay](test::KeyHouse&) { return types(delay); }) {
        house_ = &h;
    }

    /// `admin.test` by two operators; `admin.answer` by one, who gets a word for it.
    std::vector<Type> types(Duration delay) {
        std::vector<Type> made;
        made.push_back(countedType(&house_, before_));
        made.back().policy.approvers = 2;
        made.back().policy.delay = delay;
        made.back().policy.ttl = std::chrono::hours(24);
        Type answer = countedType(&house_, before_);
        answer.policy.type = "admin.answer";
        answer.mode = Mode::kAnswer;
        answer.prepare = [counted = answer.prepare](const ActionRow& action,
                                                    const std::vector<Counted>& approvals,
                                                    Deadline deadline) -> Result<Effect> {
            SALLYPORT_TRY(Effect effect, counted(action, approvals, deadline));
            effect.product = Secret(std::string_view("a word"));
            return effect;
        };
        made.push_back(std::move(answer));
        return made;
    }

    void demote(const Approver& somebody) {
        h.changeAuthority(somebody.account(), [](storage::Row& row) { row.set("roles", ""); });
    }

    ActionId proposed() {
        const auto view = h.propose(clerk, "admin.test");
        SALLYPORT_ASSERT(view.has_value());
        return view->action.id;
    }

    std::string approve(Approver& by, const ActionId& id) {
        return ActionHouse::verdict(h.approve(by, id));
    }

    /// Effects so far.
    std::int64_t effects() { return h.keys.count("replays"); }

    ActionHouse* house_ = nullptr;
    /// While the effect is prepared.
    std::function<Status()> before_ = [] { return Status(); };
    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test");
    Approver one = h.somebody("one@example.test", {"operator"});
    Approver two = h.somebody("two@example.test", {"operator"});
};

TEST_F(ActionExecution, followsTheLastApprovalWithItsEvents) {
    const ActionId id = proposed();
    EXPECT_EQ(approve(one, id), "ok");
    EXPECT_EQ(effects(), 0);
    EXPECT_EQ(approve(two, id), "ok");
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(h.stateOf(id), "executed");
    const auto events = h.house.eventTypes();
    for (const auto* type : {"action.proposed",
                             "action.approval",
                             "action.approved",
                             "action.executing",
                             "action.executed"}) {
        EXPECT_THAT(events, Contains(std::string(type)));
    }
    EXPECT_THAT(h.execution.run(id, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_EQ(effects(), 1);
}

TEST_F(ActionExecution, sixtyFourAnswersAndExecutionsHaveOneEffect) {
    RecordProperty("requirement", "F-03");
    const ActionId id = proposed();
    EXPECT_EQ(approve(one, id), "ok");
    const auto asked = h.challenge(two, id);
    ASSERT_THAT(asked, isOk());
    const Json response = h.touch(two, *asked);
    std::atomic<int> accepted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&] {
            if (ActionHouse::verdict(h.answer(two, id, response)) == "ok") ++accepted;
            static_cast<void>(h.execution.run(id, ActionHouse::soon()));
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(h.keys.count("approvals"), 2);
    EXPECT_EQ(h.stateOf(id), "executed");
}

TEST_F(ActionExecution, isResumedWhereItWasInterrupted) {
    before_ = [] { return Status(fail(ErrorCode::kUnavailable, "the device is gone")); };
    const ActionId id = proposed();
    EXPECT_EQ(approve(one, id), "ok");
    EXPECT_EQ(approve(two, id), "ok");
    // The log says that it was about to happen, and that it has not.
    EXPECT_EQ(h.stateOf(id), "executing");
    EXPECT_THAT(h.house.eventTypes(), Contains("action.executing"));
    EXPECT_THAT(h.house.eventTypes(), Not(Contains("action.executed")));
    EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOkAndHolds(0));
    EXPECT_EQ(effects(), 0);
    EXPECT_THAT(h.service.deny(one.caller(), id, ActionHouse::soon()),
                failsWith(ErrorCode::kConflict));
    before_ = [] { return Status(); };
    EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOkAndHolds(1));
    EXPECT_EQ(h.stateOf(id), "executed");
    EXPECT_EQ(effects(), 1);
}

class DelayedExecution : public ActionExecution {
  protected:
    DelayedExecution() : ActionExecution(std::chrono::hours(1)) {
        id = proposed();
        EXPECT_EQ(approve(one, id), "ok");
        EXPECT_EQ(approve(two, id), "ok");
        EXPECT_EQ(h.stateOf(id), "approved");
    }

    /// What housekeeping makes of it once its time has come.
    std::string resumed() {
        h.house.clock().advance(std::chrono::minutes(61));
        EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOk());
        return h.stateOf(id);
    }

    ActionId id;
};

TEST_F(DelayedExecution, comesWithHousekeepingAndNotBefore) {
    EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOkAndHolds(0));
    EXPECT_EQ(effects(), 0);
    EXPECT_EQ(resumed(), "executed");
    EXPECT_EQ(effects(), 1);
    EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOkAndHolds(0));
    EXPECT_EQ(effects(), 1);
}

TEST_F(DelayedExecution, isStoppedByADenyInTheMeantime) {
    EXPECT_THAT(h.service.deny(one.caller(), id, ActionHouse::soon()), isOk());
    EXPECT_EQ(resumed(), "denied");
    EXPECT_EQ(effects(), 0);
}

TEST_F(DelayedExecution, countsNobodyWhoWasDemoted) {
    demote(one);
    EXPECT_EQ(resumed(), "proposed");
    EXPECT_EQ(effects(), 0);
    EXPECT_THAT(h.house.eventTypes(), Contains("action.reopened"));
    EXPECT_THAT(h.house.integrityReports(), testing::IsEmpty());
    // Another one's approval takes the place.
    Approver three = h.somebody("three@example.test", {"operator"});
    EXPECT_EQ(approve(three, id), "ok");
    EXPECT_EQ(h.stateOf(id), "executed");
    EXPECT_EQ(effects(), 1);
}

TEST_F(DelayedExecution, countsNobodyWhoIsFrozenNorWhoWas) {
    const auto frozen = h.house.directory().prepareFreeze(
        h.keys.authority(two.account()), std::nullopt, ActionHouse::soon());
    ASSERT_THAT(frozen, isOk());
    ASSERT_THAT(h.house.database().write(ActionHouse::soon(),
                                         [&](storage::Transaction& transaction) {
                                             return account::Directory::write(transaction, *frozen);
                                         }),
                isOk());
    EXPECT_EQ(resumed(), "proposed");
    const auto thawed = h.house.directory().prepareThaw(
        h.keys.authority(two.account()), std::nullopt, ActionHouse::soon());
    ASSERT_THAT(thawed, isOk());
    ASSERT_THAT(h.house.database().write(ActionHouse::soon(),
                                         [&](storage::Transaction& transaction) {
                                             return account::Directory::write(transaction, *thawed);
                                         }),
                isOk());
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(effects(), 0);
    // His own new approval counts again, and takes the place of the void one.
    const auto session = h.keys.signIn(two.person, two.key);
    ASSERT_THAT(session, isOk());
    two.session = *session;
    EXPECT_EQ(approve(two, id), "ok");
    EXPECT_EQ(h.keys.count("approvals"), 2);
    EXPECT_EQ(h.keys.count("evidence"), 3);
    EXPECT_EQ(effects(), 1);
}

TEST_F(DelayedExecution, countsNoKeyThatWasLost) {
    const auto authority = h.keys.authority(one.account());
    const auto lost = h.keys.credentials.prepareLoss(
        authority, h.keys.live(one.account()).front().id, std::nullopt, ActionHouse::soon());
    ASSERT_THAT(lost, isOk());
    ASSERT_THAT(h.house.database().write(ActionHouse::soon(),
                                         [&](storage::Transaction& transaction) {
                                             return credential::Credentials::write(transaction,
                                                                                   *lost);
                                         }),
                isOk());
    EXPECT_EQ(resumed(), "proposed");
    EXPECT_EQ(effects(), 0);
    EXPECT_THAT(h.house.eventTypes(), Not(Contains("action.executed")));
}

TEST_F(DelayedExecution, failsWhenItsProposerIsFrozen) {
    h.changeAuthority(clerk.account(), [](storage::Row& row) { row.set("status", "frozen"); });
    EXPECT_EQ(resumed(), "failed");
    EXPECT_EQ(effects(), 0);
}

TEST_F(DelayedExecution, countsNoApprovalWhoseRowIsGone) {
    EXPECT_EQ(h.house.tamper("DELETE FROM approvals WHERE account_id = $1", {one.account()}), 1);
    EXPECT_EQ(resumed(), "proposed");
    EXPECT_EQ(effects(), 0);
}

TEST_F(DelayedExecution, isNotForWhoIsGivenHisRoleBack) {
    demote(one);
    EXPECT_EQ(resumed(), "proposed");
    h.changeAuthority(one.account(), [](storage::Row& row) { row.set("roles", "operator"); });
    // His approval counts again, but nobody has said since that the action is approved.
    EXPECT_THAT(h.execution.confirm(id, ActionHouse::soon()), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(h.execution.run(id, ActionHouse::soon()), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(effects(), 0);
}

TEST_F(DelayedExecution, comesTooLateAfterTheEnd) {
    h.house.clock().advance(std::chrono::hours(24));
    EXPECT_THAT(h.execution.run(id, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_THAT(h.execution.resume(10, ActionHouse::soon()), isOkAndHolds(0));
    EXPECT_EQ(effects(), 0);
}

TEST_F(DelayedExecution, isNobodysAnswer) {
    h.house.clock().advance(std::chrono::minutes(61));
    EXPECT_THAT(h.execution.answer(id, two.session, "", ActionHouse::soon()),
                failsWith(ErrorCode::kInternal));
    EXPECT_EQ(effects(), 0);
    // Not even for the session of its first approval.
    EXPECT_THAT(h.execution.claim(id, one.session, ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(effects(), 0);
}

TEST_F(ActionExecution, isNotBegunWhenAnApproverIsDemotedMeanwhile) {
    const ActionId id = proposed();
    EXPECT_EQ(approve(one, id), "ok");
    // The approval seals the action's row, then the beginning does.
    h.mint.once(
        InterruptedMint::sealing("actions"), [this] { demote(one); }, 2);
    EXPECT_EQ(approve(two, id), "ok");
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(effects(), 0);
    EXPECT_THAT(h.house.eventTypes(), Not(Contains("action.executing")));
}

TEST_F(ActionExecution, hasNoEffectWhenAnApproverIsDemotedMeanwhile) {
    const ActionId id = proposed();
    EXPECT_EQ(approve(one, id), "ok");
    before_ = [this, done = false]() mutable {
        if (!done) demote(one);
        done = true;
        return Status();
    };
    EXPECT_EQ(approve(two, id), "ok");
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(effects(), 0);
    EXPECT_THAT(h.house.eventTypes(), Not(Contains("action.executed")));
}

TEST_F(ActionExecution, answersTheLastApproverOnce) {
    const auto view = h.propose(clerk, "admin.answer");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    const auto judged = h.approve(one, id);
    ASSERT_EQ(ActionHouse::verdict(judged), "ok");
    const auto& approved = std::get<Approved>(*judged);
    ASSERT_TRUE(approved.answer.product.has_value());
    EXPECT_EQ(approved.answer.product->exposeText(), "a word");
    EXPECT_EQ(approved.view.action.state, State::kExecuted);
    EXPECT_EQ(effects(), 1);
    EXPECT_THAT(h.execution.answer(id, one.session, "", ActionHouse::soon()),
                failsWith(ErrorCode::kGone));
    EXPECT_EQ(effects(), 1);
}

TEST_F(ActionExecution, aSessionIsRaisedByItsOwnPersonOnly) {
    const auto inbox = h.keys.inbox(one.person);
    Approver visitor = one.in(inbox, one.key);
    const auto proposed_view = h.propose(visitor, "session.step-up");
    ASSERT_THAT(proposed_view, isOk());
    const ActionId id = proposed_view->action.id;
    EXPECT_THAT(h.challenge(two, id), failsWith(ErrorCode::kNotFound));
    const auto judged = h.approve(visitor, id);
    ASSERT_EQ(ActionHouse::verdict(judged), "ok");
    const auto& approved = std::get<Approved>(*judged);
    EXPECT_EQ(approved.view.action.state, State::kExecuted);
    ASSERT_TRUE(approved.answer.session.has_value());
    const auto raised = h.keys.sessions.check(approved.answer.session->cookie, ActionHouse::soon());
    ASSERT_THAT(raised, isOk());
    EXPECT_EQ(raised->fields().kind, mint::SessionKind::kKey);
    EXPECT_EQ(raised->fields().acr, "phrh");
    EXPECT_EQ(raised->fields().predecessor, inbox.id());
}

TEST_F(ActionExecution, aSessionIsRaisedForTheSessionThatApproved) {
    Approver visitor = one.in(h.keys.inbox(one.person), one.key);
    const session::Session other = h.keys.inbox(one.person);
    const auto view = h.propose(visitor, "session.step-up");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    h.mint.failOnce(InterruptedMint::minting());
    EXPECT_EQ(approve(visitor, id), "unavailable");
    EXPECT_EQ(h.stateOf(id), "executing");
    EXPECT_THAT(h.execution.answer(id, other, "", ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.stateOf(id), "executing");
    EXPECT_THAT(h.execution.answer(id, visitor.session, "", ActionHouse::soon()), isOk());
    EXPECT_EQ(h.stateOf(id), "executed");
}

TEST_F(ActionExecution, noSessionIsRaisedWhenTheAccountChangesMeanwhile) {
    Approver visitor = one.in(h.keys.inbox(one.person), one.key);
    const auto view = h.propose(visitor, "session.step-up");
    ASSERT_THAT(view, isOk());
    const std::int64_t sessions = h.keys.count("sessions");
    // Approved, begun, raised.
    h.mint.once(
        InterruptedMint::sealing("actions"), [this] { demote(one); }, 3);
    EXPECT_EQ(approve(visitor, view->action.id), "conflict");
    EXPECT_EQ(h.keys.count("sessions"), sessions);
    EXPECT_EQ(h.stateOf(view->action.id), "executing");
}

}  // namespace
}  // namespace sallyport::action
