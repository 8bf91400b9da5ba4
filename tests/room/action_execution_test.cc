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
using test::isOk;
using test::isOkAndHolds;
using testing::Contains;
using testing::Not;

/// A built-in type whose effect is one more row in `replays`: it can be counted.
Type countedType(ActionHouse** house, const bool& device_is_gone, Duration delay) {
    Type type;
    type.policy.type = "admin.test";
    type.policy.text = {{"en", "Do it"}};
    type.policy.approver_roles = {"operator"};
    type.policy.approvers = 2;
    type.policy.delay = delay;
    type.policy.ttl = std::chrono::hours(24);
    type.mode = Mode::kDirect;
    type.prepare = [house, &device_is_gone](const ActionRow& /*action*/,
                                            const std::vector<Counted>& /*approvals*/,
                                            Deadline /*deadline*/) -> Result<Effect> {
        if (device_is_gone) return fail(ErrorCode::kUnavailable, "the device is gone");
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

std::vector<Type> oneType(Type type) {
    std::vector<Type> types;
    types.push_back(std::move(type));
    return types;
}

class ActionExecution : public testing::Test {
  protected:
    explicit ActionExecution(Duration delay = Duration::zero())
        : h([this, delay](test::KeyHouse&) {
              return oneType(countedType(&house_, device_is_gone_, delay));
          }) {
        house_ = &h;
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
    bool device_is_gone_ = false;
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
    device_is_gone_ = true;
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
    device_is_gone_ = false;
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
    h.changeAuthority(one.account(), [](storage::Row& row) { row.set("roles", ""); });
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

TEST_F(ActionExecution, aFurtherKeyIsAddedOnceByItsClaim) {
    const auto view = h.propose(one, "credential.add");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    test::VirtualKey spare = h.keys.key();
    EXPECT_THAT(h.keys.enrol(one.session, spare, std::nullopt, id),
                failsWith(ErrorCode::kConflict));
    EXPECT_EQ(approve(one, id), "ok");
    EXPECT_EQ(h.stateOf(id), "approved");
    EXPECT_FALSE(h.keys.enrol(two.session, spare, std::nullopt, id).has_value());
    EXPECT_THAT(h.keys.enrol(one.session, spare, std::nullopt, id), isOk());
    EXPECT_EQ(h.stateOf(id), "executed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 2U);
    test::VirtualKey third = h.keys.key();
    EXPECT_FALSE(h.keys.enrol(one.session, third, std::nullopt, id).has_value());
    EXPECT_EQ(h.keys.live(one.account()).size(), 2U);
}

TEST_F(ActionExecution, aKeyIsRemovedButNotTheLastOne) {
    const auto only = h.keys.live(one.account()).front().id;
    const auto last =
        h.propose(one, "credential.remove", Json::Object{{"credential", only.text()}});
    ASSERT_THAT(last, isOk());
    EXPECT_THAT(last->text, testing::HasSubstr("“Blue key”"));
    EXPECT_EQ(approve(one, last->action.id), "ok");
    EXPECT_EQ(h.stateOf(last->action.id), "failed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);

    const auto add = h.propose(one, "credential.add");
    ASSERT_THAT(add, isOk());
    EXPECT_EQ(approve(one, add->action.id), "ok");
    test::VirtualKey spare = h.keys.key();
    ASSERT_THAT(h.keys.enrol(one.session, spare, std::nullopt, add->action.id), isOk());
    const auto remove =
        h.propose(one, "credential.remove", Json::Object{{"credential", only.text()}});
    ASSERT_THAT(remove, isOk());
    EXPECT_EQ(approve(one, remove->action.id), "ok");
    EXPECT_EQ(h.stateOf(remove->action.id), "executed");
    ASSERT_EQ(h.keys.live(one.account()).size(), 1U);
    EXPECT_NE(h.keys.live(one.account()).front().id, only);
}

TEST_F(ActionExecution, nobodyRemovesAnothersKey) {
    const auto key = h.keys.live(two.account()).front().id;
    EXPECT_THAT(h.propose(one, "credential.remove", Json::Object{{"credential", key.text()}}),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.propose(one, "credential.report-lost", Json::Object{{"credential", key.text()}}),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.propose(one, "credential.remove", Json::Object{{"credential", "x"}}),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(ActionExecution, aLossIsReportedByAnotherKey) {
    const auto first = h.keys.live(one.account()).front().id;
    const auto own =
        h.propose(one, "credential.report-lost", Json::Object{{"credential", first.text()}});
    ASSERT_THAT(own, isOk());
    EXPECT_EQ(approve(one, own->action.id), "ok");
    EXPECT_EQ(h.stateOf(own->action.id), "failed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);

    const auto add = h.propose(one, "credential.add");
    ASSERT_THAT(add, isOk());
    EXPECT_EQ(approve(one, add->action.id), "ok");
    test::VirtualKey spare = h.keys.key();
    ASSERT_THAT(h.keys.enrol(one.session, spare, std::nullopt, add->action.id), isOk());
    const auto lost =
        h.propose(one, "credential.report-lost", Json::Object{{"credential", first.text()}});
    ASSERT_THAT(lost, isOk());
    const auto asked = h.challenge(one, lost->action.id);
    ASSERT_THAT(asked, isOk());
    EXPECT_EQ(ActionHouse::verdict(h.answer(
                  one, lost->action.id, test::asserted(spare, test::request(asked->options)))),
              "ok");
    EXPECT_EQ(h.stateOf(lost->action.id), "executed");
    EXPECT_THAT(h.house.eventTypes(), Contains("credential.lost"));
}

TEST(ActionTypes, areRefusedWhereTheyPromiseWhatTheyDoNot) {
    const auto refused = [](void (*change)(Type&)) {
        Type type;
        type.policy = test::paymentPolicy();
        change(type);
        return Types::make(oneType(std::move(type)));
    };
    EXPECT_THAT(refused([](Type&) {}), isOk());
    EXPECT_THAT(refused([](Type& t) { t.policy.type = "admin.pay"; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) { t.mode = Mode::kClaim; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) { t.policy.approvers = 0; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) {
                    t.policy.type = "credential.x";
                    t.mode = Mode::kClaim;
                }),
                failsWith(ErrorCode::kInvalidRequest))
        << "clients";
    std::vector<Type> twice;
    for (int i = 0; i < 2; ++i) {
        twice.emplace_back();
        twice.back().policy = test::paymentPolicy();
    }
    EXPECT_THAT(Types::make(std::move(twice)), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::action
