#include "action/tables.h"
#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// An editor of the database between proposal and touch, and between touch and execution: whatever
/// he writes voids the action, and is reported.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;

/// What an editor writes into a column in place of what is there.
storage::Value edited(std::string_view column, const storage::Value& value) {
    if (const auto* number = value.asInteger()) return *number + 1;
    if (const auto* text = value.asText()) return *text + "x";
    if (const auto* bytes = value.asBytes(); bytes != nullptr && !bytes->empty()) {
        Bytes other = *bytes;
        other.front() ^= 1U;
        return other;
    }
    if (column.ends_with("_at")) return std::int64_t{1};
    if (column.ends_with("_id") || column.ends_with("_session")) return Bytes(16, 1);
    return "x";
}

/// One column of one row, edited for as long as this lives.
class Edit {
  public:
    Edit(test::TestHouse& house,
         const seal::Table& table,
         const storage::Value& key,
         std::string_view column)
        : house_(house), table_(table), column_(column), key_(key) {
        before_ = *house_
                       .query("SELECT * FROM " + std::string(table_.name) + " WHERE " +
                                  std::string(table_.key()) + " = $1",
                              {key_})
                       .front()
                       .find(column_);
        after_ = edited(column_, before_);
        EXPECT_EQ(write(key_, after_), 1) << column;
    }

    Edit(const Edit&) = delete;
    Edit& operator=(const Edit&) = delete;

    ~Edit() { write(column_ == table_.key() ? after_ : key_, before_); }

  private:
    std::int64_t write(const storage::Value& key, const storage::Value& value) {
        return house_.tamper("UPDATE " + std::string(table_.name) + " SET " + column_ +
                                 " = $1 WHERE " + std::string(table_.key()) + " = $2",
                             {value, key});
    }

    test::TestHouse& house_;
    const seal::Table& table_;
    std::string column_;
    storage::Value key_;
    storage::Value before_;
    storage::Value after_;
};

class ActionTamper : public testing::Test {
  protected:
    ActionTamper() {
        one = h.payment(clerk);
        EXPECT_THAT(h.challenge(treasurer, one), isOk());
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, one)), "ok");
        waiting = h.payment(clerk);
    }

    /// Every column of the one row of `table` that `where` names.
    template <class Attempt>
    void everyEditIsRefused(const seal::Table& table, const storage::Value& key, Attempt attempt) {
        int edits = 0;
        for (const auto& column : table.columns) {
            const std::size_t reports = h.house.integrityReports().size();
            {
                const Edit edit(h.house, table, key, column.name);
                EXPECT_TRUE(attempt()) << table.name << "." << column.name;
            }
            // Only a key that is another one leaves nothing that could be found damaged.
            if (column.column_class != seal::ColumnClass::kKey) {
                EXPECT_GT(h.house.integrityReports().size(), reports)
                    << table.name << "." << column.name;
            }
            ++edits;
        }
        EXPECT_EQ(edits, static_cast<int>(table.columns.size()));
    }

    storage::Value keyOf(std::string_view sql, const ActionId& id) {
        return *h.house.query(sql, {id}).front().find("id");
    }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    ActionId one;      ///< approved
    ActionId waiting;  ///< proposed
};

TEST_F(ActionTamper, anActionBetweenProposalAndTouch) {
    RecordProperty("requirement", "F-09");
    everyEditIsRefused(
        actionsTable(), waiting, [this] { return !h.challenge(treasurer, waiting).has_value(); });
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, waiting)), "ok");
}

TEST_F(ActionTamper, anActionBetweenChallengeAndAnswer) {
    for (const auto& column : actionsTable().columns) {
        const auto asked = h.challenge(treasurer, waiting);
        ASSERT_THAT(asked, isOk());
        const Json response = h.touch(treasurer, *asked);
        const Edit edit(h.house, actionsTable(), waiting, column.name);
        EXPECT_NE(ActionHouse::verdict(h.answer(treasurer, waiting, response)), "ok")
            << column.name;
        EXPECT_EQ(h.keys.count("approvals"), 1) << column.name;
    }
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, waiting)), "ok");
}

TEST_F(ActionTamper, anActionBetweenTouchAndExecution) {
    ASSERT_THAT(h.execution.confirm(one, ActionHouse::soon()), isOk());
    everyEditIsRefused(actionsTable(), one, [this] {
        return !h.execution.confirm(one, ActionHouse::soon()).has_value();
    });
    EXPECT_THAT(h.execution.confirm(one, ActionHouse::soon()), isOk());
}

TEST_F(ActionTamper, anApprovalBetweenTouchAndExecution) {
    const auto key = keyOf("SELECT id FROM approvals WHERE action_id = $1", one);
    int edits = 0;
    for (const auto& column : approvalsTable().columns) {
        const std::size_t reports = h.house.integrityReports().size();
        const Edit edit(h.house, approvalsTable(), key, column.name);
        EXPECT_FALSE(h.approvals.judge(one, ActionHouse::soon()).has_value() &&
                     h.approvals.judge(one, ActionHouse::soon())->enough())
            << column.name;
        // A row of another action is none of this one, and none that the other can use.
        if (column.name != "action_id") {
            EXPECT_GT(h.house.integrityReports().size(), reports) << column.name;
        }
        ++edits;
    }
    EXPECT_EQ(edits, static_cast<int>(approvalsTable().columns.size()));
    EXPECT_THAT(h.execution.confirm(one, ActionHouse::soon()), isOk());
}

TEST_F(ActionTamper, anApprovalThatIsMovedToAnotherAction) {
    EXPECT_EQ(h.house.tamper("UPDATE approvals SET action_id = $1", {waiting}), 1);
    EXPECT_THAT(h.approvals.judge(waiting, ActionHouse::soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(h.challenge(treasurer, waiting), failsWith(ErrorCode::kIntegrity));
}

TEST_F(ActionTamper, aChallengeBetweenQuestionAndAnswer) {
    for (const auto& column : challengesTable().columns) {
        const auto asked = h.challenge(treasurer, waiting);
        ASSERT_THAT(asked, isOk());
        const Json response = h.touch(treasurer, *asked);
        const auto key = keyOf("SELECT id FROM approval_challenges WHERE action_id = $1", waiting);
        const std::size_t reports = h.house.integrityReports().size();
        const Edit edit(h.house, challengesTable(), key, column.name);
        EXPECT_NE(ActionHouse::verdict(h.answer(treasurer, waiting, response)), "ok")
            << column.name;
        EXPECT_EQ(h.stateOf(waiting), "proposed") << column.name;
        // Whose challenge it is says where it is looked for.
        const bool is_found = column.name != "action_id" && column.name != "account_id" &&
                              column.name != "session_id";
        if (is_found) {
            EXPECT_GT(h.house.integrityReports().size(), reports) << column.name;
        }
    }
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, waiting)), "ok");
}

TEST_F(ActionTamper, anActionOfAnotherPolicyIsNotExecuted) {
    // The configuration changed: the same rows in a house whose types differ.
    test::ActionHouse& house = h;
    auto policy = test::paymentPolicy();
    policy.text["en"] = "Pay {amount} {currency} to {payee}, account {iban}";
    std::vector<Type> types;
    types.emplace_back();
    types.back().policy = policy;
    const auto other = Types::make(std::move(types));
    ASSERT_THAT(other, isOk());
    const auto none = Types::make({});
    ASSERT_THAT(none, isOk());
    const Approvals judge({house.house.database(),
                           house.house.sealer(),
                           house.house.directory(),
                           house.keys.credentials,
                           house.keys.options,
                           *other});
    const Approvals of_no_types({house.house.database(),
                                 house.house.sealer(),
                                 house.house.directory(),
                                 house.keys.credentials,
                                 house.keys.options,
                                 *none});
    EXPECT_THAT(of_no_types.judge(one, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_THAT(judge.judge(one, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_THAT(judge.judge(waiting, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    Execution execution({house.house.database(),
                         house.house.mint(),
                         house.house.sealer(),
                         judge,
                         house.keys.sessions,
                         house.house.events(),
                         house.house.clock(),
                         house.house.log(),
                         house.changes});
    EXPECT_THAT(execution.confirm(one, ActionHouse::soon()), failsWith(ErrorCode::kGone));
    EXPECT_EQ(h.stateOf(one), "failed");
    // And with the old policy back, it stays so.
    EXPECT_THAT(h.execution.confirm(one, ActionHouse::soon()), failsWith(ErrorCode::kGone));
}

TEST_F(ActionTamper, evidenceThatIsNotWhatItsEventNames) {
    ASSERT_THAT(h.service.evidence(clerk.caller(), one, ActionHouse::soon()), isOk());
    const auto key = keyOf("SELECT id FROM evidence WHERE action_id = $1", one);
    const Edit edit(h.house, evidenceTable(), key, "document");
    EXPECT_THAT(h.service.evidence(clerk.caller(), one, ActionHouse::soon()),
                failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(h.house.integrityReports(), testing::Contains("evidence:" + toHex(one.bytes)));
}

}  // namespace
}  // namespace sallyport::action
