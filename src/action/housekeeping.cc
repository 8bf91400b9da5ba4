#include "action/execution.h"
#include "action/tables.h"

/// What happens to actions when nobody asks.
namespace sallyport::action {
namespace {

// What nobody ever approved is in the log; its row is of no use after that.
constexpr Duration kKeepUnapproved = std::chrono::hours(24);

Result<std::vector<ActionId>> idsOf(const storage::Rows& rows) {
    std::vector<ActionId> ids;
    for (const storage::Row& row : rows) {
        SALLYPORT_TRY(const auto id, row.id<ActionId>("id"));
        ids.push_back(id);
    }
    return ids;
}

Status deleteSpent(storage::Transaction& transaction, Time now, std::int64_t batch) {
    SALLYPORT_CHECK(
        transaction.execute("DELETE FROM approval_challenges WHERE id IN (SELECT id FROM "
                            "approval_challenges WHERE expires_at <= $1 LIMIT $2)",
                            {now, batch}));
    SALLYPORT_CHECK(transaction.execute(
        "DELETE FROM actions WHERE id IN (SELECT id FROM actions WHERE state IN ('expired', "
        "'cancelled', 'denied', 'failed') AND settled_at <= $1 AND NOT EXISTS (SELECT 1 FROM "
        "approvals WHERE approvals.action_id = actions.id) LIMIT $2)",
        {now - kKeepUnapproved, batch}));
    return {};
}

}  // namespace

Result<std::vector<ActionId>> Execution::waiting(std::int64_t batch, Deadline deadline) const {
    const Time now = parts_.clock.now();
    return parts_.database.read(
        deadline, [&](storage::Transaction& transaction) -> Result<std::vector<ActionId>> {
            SALLYPORT_TRY(
                const auto rows,
                transaction.query("SELECT id, type FROM actions WHERE state IN ('approved', "
                                  "'executing') AND not_before <= $1 AND expires_at > $1 "
                                  "ORDER BY not_before LIMIT $2",
                                  {now, batch}));
            std::vector<ActionId> ids;
            for (const storage::Row& row : rows) {
                SALLYPORT_TRY(const std::string type_name, row.text("type"));
                const Type* type = parts_.approvals.parts().types.find(type_name);
                if (type == nullptr || type->mode != Mode::kDirect) continue;
                SALLYPORT_TRY(const auto id, row.id<ActionId>("id"));
                ids.push_back(id);
            }
            return ids;
        });
}

Result<std::int64_t> Execution::resume(std::int64_t batch, Deadline deadline) {
    SALLYPORT_TRY(const auto ids, waiting(batch, deadline));
    std::int64_t executed = 0;
    for (const ActionId& id : ids) {
        // What cannot be executed was logged, and must not keep the others from it.
        if (run(id, deadline)) ++executed;
        if (deadline.passed()) break;
    }
    return executed;
}

Result<std::int64_t> Execution::expire(std::int64_t batch, Deadline deadline) {
    const Time now = parts_.clock.now();
    SALLYPORT_TRY(
        const auto ids,
        parts_.database.write(
            deadline, [&](storage::Transaction& transaction) -> Result<std::vector<ActionId>> {
                SALLYPORT_CHECK(deleteSpent(transaction, now, batch));
                SALLYPORT_TRY(
                    const auto rows,
                    transaction.query("SELECT id FROM actions WHERE (state IN ('proposed', "
                                      "'approved', 'executing') AND expires_at <= $1) OR (state = "
                                      "'granted' AND expires_at <= $2) LIMIT $3",
                                      {now, now - kGrantLife, batch}));
                return idsOf(rows);
            }));
    std::int64_t expired = 0;
    for (const ActionId& id : ids) {
        if (deadline.passed()) break;
        const auto read = parts_.approvals.read(id, deadline);
        if (!read || isSettled(read->first.state)) continue;
        if (settle(read->first, read->second, State::kExpired, std::nullopt, deadline)) ++expired;
    }
    return expired;
}

}  // namespace sallyport::action
