#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <thread>

/// What readers see of an action, and when.
namespace sallyport::action {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;
using test::isOkAndHolds;

class ActionReading : public testing::Test {
  protected:
    View seenBy(const Approver& reader, const ActionId& id) {
        auto view = h.service.read(reader.caller(), id, Duration::zero(), ActionHouse::soon());
        SALLYPORT_ASSERT(view.has_value());
        return *std::move(view);
    }

    std::size_t listed(const Approver& reader) {
        const auto list = h.service.list(reader.caller(), ActionHouse::soon());
        EXPECT_THAT(list, isOk());
        return list->size();
    }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
};

TEST_F(ActionReading, saysExpiredAtOnceAndNotWhenHousekeepingComes) {
    const ActionId id = h.payment(clerk);
    h.house.clock().advance(minutes(5) - Duration(1));
    EXPECT_EQ(seenBy(clerk, id).action.state, State::kProposed);
    EXPECT_TRUE(seenBy(treasurer, id).may_approve);
    EXPECT_EQ(listed(clerk), 1U);
    EXPECT_EQ(listed(treasurer), 1U);
    h.house.clock().advance(Duration(1));
    for (const bool settled : {false, true}) {
        EXPECT_EQ(h.stateOf(id), settled ? "expired" : "proposed");
        for (const Approver* reader : {&clerk, &treasurer}) {
            const View view = seenBy(*reader, id);
            EXPECT_EQ(view.action.state, State::kExpired);
            EXPECT_EQ(view.left, Duration::zero());
            EXPECT_FALSE(view.may_approve);
            EXPECT_EQ(listed(*reader), 0U);
        }
        EXPECT_THAT(h.service.deny(treasurer.caller(), id, ActionHouse::soon()),
                    failsWith(ErrorCode::kConflict));
        EXPECT_THAT(h.service.cancel(clerk.caller(), id, ActionHouse::soon()),
                    failsWith(ErrorCode::kConflict));
        if (!settled) {
            EXPECT_THAT(h.execution.expire(10, ActionHouse::soon()), isOkAndHolds(1));
        }
    }
}

TEST_F(ActionReading, saysExpiredOfWhatWasApprovedAndNotUsed) {
    const ActionId id = h.payment(clerk);
    ASSERT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
    h.house.clock().advance(minutes(5));
    EXPECT_EQ(h.stateOf(id), "approved");
    EXPECT_EQ(seenBy(clerk, id).action.state, State::kExpired);
    EXPECT_EQ(listed(clerk), 0U);
    const auto bundle = h.service.evidence(clerk.caller(), id, ActionHouse::soon());
    ASSERT_THAT(bundle, isOk());
    EXPECT_EQ(*bundle->find("state"), Json("expired"));
}

TEST_F(ActionReading, saysExpiredAlsoWhenItsProposerMayNoLongerProposeIt) {
    const ActionId id = h.payment(clerk);
    h.changeAuthority(clerk.account(), [](storage::Row& row) { row.set("roles", ""); });
    EXPECT_EQ(seenBy(clerk, id).action.state, State::kFailed);
    EXPECT_THAT(h.service.read(treasurer.caller(), id, Duration::zero(), ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    h.house.clock().advance(minutes(5));
    EXPECT_EQ(seenBy(clerk, id).action.state, State::kExpired);
}

TEST(ActionState, atATimeIsExpiredForWhateverStillWaits) {
    ActionRow action;
    action.expires = timeFromMicros(1'000'000);
    const auto at = [&action](State state, Duration after) {
        action.state = state;
        return stateAt(action, action.expires + after);
    };
    for (const State waiting : {State::kProposed, State::kApproved}) {
        EXPECT_EQ(at(waiting, Duration(-1)), waiting);
        EXPECT_EQ(at(waiting, Duration(0)), State::kExpired);
    }
    // A grant that was made in the last moment can be redeemed for as long as any.
    EXPECT_EQ(at(State::kGranted, kGrantLife - Duration(1)), State::kGranted);
    EXPECT_EQ(at(State::kGranted, kGrantLife), State::kExpired);
    for (const State other : {State::kExecuting,
                              State::kExecuted,
                              State::kRedeemed,
                              State::kDenied,
                              State::kCancelled,
                              State::kFailed}) {
        EXPECT_EQ(at(other, std::chrono::hours(1)), other);
    }
}

TEST_F(ActionReading, endsWhenTheTimeIsOver) {
    const ActionId id = h.payment(clerk);
    const auto started = Deadline::Clock::now();
    std::thread time([&] { h.house.clock().advance(minutes(5)); });
    const auto view = h.service.read(clerk.caller(), id, seconds(30), ActionHouse::soon());
    time.join();
    ASSERT_THAT(view, isOk());
    EXPECT_EQ(view->action.state, State::kExpired);
    EXPECT_LT(Deadline::Clock::now() - started, seconds(29));
}

TEST_F(ActionReading, waitsForTheChangeAndNotLonger) {
    const ActionId id = h.payment(clerk);
    const auto started = Deadline::Clock::now();
    std::thread approver([&] { EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok"); });
    const auto view = h.service.read(clerk.caller(), id, seconds(30), ActionHouse::soon());
    approver.join();
    ASSERT_THAT(view, isOk());
    EXPECT_EQ(view->action.state, State::kApproved);
    EXPECT_LT(Deadline::Clock::now() - started, seconds(29));
    // Whoever stops the service does not wait for those who wait.
    h.changes.stop();
    EXPECT_THAT(
        h.service.read(treasurer.caller(), h.payment(clerk), seconds(600), ActionHouse::soon()),
        isOk());
}

TEST(ActionChanges, letNoMoreWaitThanThereIsRoomFor) {
    Changes none(0);
    EXPECT_FALSE(none.wait(none.now(), Deadline::after(seconds(60))));
    Changes one(1);
    const std::uint64_t since = one.now();
    one.notify();
    EXPECT_TRUE(one.wait(since, Deadline::after(seconds(60))));
    one.stop();
    EXPECT_FALSE(one.wait(one.now(), Deadline::after(seconds(60))));
}

TEST_F(ActionReading, listsWhatConcernsThePersonWhateverIsDamagedBesideIt) {
    const ActionId good = h.payment(clerk);
    const ActionId of_no_type = h.payment(clerk);
    const ActionId of_nobody = h.payment(clerk);
    const ActionId edited = h.payment(clerk);
    h.house.tamper("UPDATE actions SET type = 'payment.gone' WHERE id = $1", {of_no_type});
    h.house.tamper("UPDATE actions SET proposer_id = $1 WHERE id = $2", {Bytes(3, 1), of_nobody});
    h.house.tamper("UPDATE actions SET parameters = '{}' WHERE id = $1", {edited});
    for (const Approver* reader : {&clerk, &treasurer}) {
        const auto list = h.service.list(reader->caller(), ActionHouse::soon());
        ASSERT_THAT(list, isOk());
        ASSERT_EQ(list->size(), 1U);
        EXPECT_EQ(list->front().action.id, good);
    }
}

TEST_F(ActionReading, costsNobodyTheStepUpsOfOthers) {
    const auto work = [this] {
        h.house.device().reset();
        EXPECT_EQ(listed(treasurer), 0U);
        return h.house.device().counts();
    };
    const auto alone = work();
    ASSERT_THAT(h.propose(clerk, "session.step-up"), isOk());
    EXPECT_EQ(work(), alone);
}

TEST_F(ActionReading, isForNobodyWhoIsFrozenAndNoListIsAClients) {
    const ActionId id = h.payment(clerk);
    Caller bank;
    bank.client = "bank";
    EXPECT_THAT(h.service.list(bank, ActionHouse::soon()), failsWith(ErrorCode::kForbidden));
    h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("status", "frozen"); });
    EXPECT_THAT(h.service.list(treasurer.caller(), ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(h.service.read(treasurer.caller(), id, Duration::zero(), ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.stateOf(id), "proposed");
}

}  // namespace
}  // namespace sallyport::action
