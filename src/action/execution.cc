#include "action/execution.h"

namespace sallyport::action {
namespace {

constexpr int kAttempts = 4;

bool isFinal(ErrorCode code) {
    return code == ErrorCode::kGone || code == ErrorCode::kForbidden ||
           code == ErrorCode::kNotFound || code == ErrorCode::kInvalidRequest;
}

Json::Array names(const std::vector<Counted>& approvals) {
    Json::Array ids;
    for (const Counted& one : approvals) ids.emplace_back(one.approval.evidence.text());
    return ids;
}

}  // namespace

Status Execution::Step::write(storage::Transaction& transaction) const {
    SALLYPORT_CHECK(seal::Sealer::replace(transaction, old, next));
    return audit::append(transaction, event);
}

Result<Execution::Step> Execution::prepareStep(const ActionRow& action,
                                               const seal::VerifiedRow& row,
                                               State state,
                                               std::optional<std::string> result,
                                               const std::vector<Counted>& approvals,
                                               Deadline deadline) const {
    ActionRow next = action;
    next.state = state;
    if (result.has_value()) next.result = std::move(result);
    if (isSettled(state)) next.settled = parts_.clock.now();
    SALLYPORT_TRY(storage::Row next_row, rowOf(next));
    SALLYPORT_TRY(auto sealed, parts_.sealer.sealNext(row, std::move(next_row), deadline));
    audit::Event event;
    // Nothing goes back to `proposed` but what lost an approval.
    const std::string_view what = state == State::kProposed ? "reopened" : name(state);
    event.type = "action." + std::string(what);
    event.result = state == State::kFailed ? "failed" : "ok";
    event.subject = action.action.proposer;
    event.data = {{"action", action.id.text()},
                  {"type", action.action.type},
                  {"digest", base64url::encode(action.digest)}};
    if (!approvals.empty()) event.data.emplace("evidence", names(approvals));
    if (next.result.has_value()) event.data.emplace("reason", *next.result);
    SALLYPORT_TRY(auto prepared, parts_.events.prepare(event));
    return Step{row, std::move(sealed), std::move(prepared)};
}

Status Execution::settle(const ActionRow& action,
                         const seal::VerifiedRow& row,
                         State state,
                         std::optional<std::string> result,
                         Deadline deadline) {
    SALLYPORT_TRY(const Step step,
                  prepareStep(action, row, state, std::move(result), {}, deadline));
    SALLYPORT_CHECK(parts_.database.write(
        deadline, [&step](storage::Transaction& transaction) { return step.write(transaction); }));
    parts_.changes.notify();
    return {};
}

Error Execution::settleFailed(const ActionId& id, const Error& why, Deadline deadline) {
    if (why.code != ErrorCode::kGone && why.code != ErrorCode::kForbidden) return why;
    const auto read = parts_.approvals.read(id, deadline);
    if (!read) return read.error();
    if (!isSettled(read->first.state) && read->first.state != State::kGranted) {
        const auto settled = settle(
            read->first, read->second, State::kFailed, std::string(name(why.code)), deadline);
        if (!settled && settled.error().code != ErrorCode::kConflict) return settled.error();
    }
    return fail(ErrorCode::kGone, why.detail);
}

Status Execution::reopen(const Standing& standing, Deadline deadline) {
    SALLYPORT_TRY(Step step,
                  prepareStep(standing.action,
                              standing.row,
                              State::kProposed,
                              std::nullopt,
                              standing.counted,
                              deadline));
    SALLYPORT_CHECK(parts_.database.write(
        deadline, [&](storage::Transaction& transaction) { return step.write(transaction); }));
    parts_.changes.notify();
    return {};
}

Result<Standing> Execution::confirm(const ActionId& id, Deadline deadline) {
    auto judged = parts_.approvals.judge(id, deadline);
    if (!judged) return settleFailed(id, judged.error(), deadline);
    const State state = judged->action.state;
    if (isSettled(state)) return fail(ErrorCode::kGone, "the action is settled");
    const Time now = parts_.clock.now();
    if (now >= judged->action.expires) return fail(ErrorCode::kGone, "the action has expired");
    if (!judged->enough()) {
        if (state == State::kApproved || state == State::kExecuting) {
            SALLYPORT_CHECK(reopen(*judged, deadline));
        }
        return fail(ErrorCode::kConflict, "the action waits for approvals");
    }
    if (state == State::kProposed) return fail(ErrorCode::kConflict, "the action is not approved");
    if (now < judged->action.not_before)
        return fail(ErrorCode::kConflict, "the action waits for its time");
    return judged;
}

/// `executing`, with its event, in a transaction of its own: the log says what is about to happen
/// before it does.
Result<Standing> Execution::begin(const ActionId& id, Deadline deadline) {
    SALLYPORT_TRY(Standing standing, confirm(id, deadline));
    if (standing.action.state == State::kExecuting) return standing;
    if (standing.action.state != State::kApproved)
        return fail(ErrorCode::kConflict, "the action is not for execution");
    SALLYPORT_TRY(const Step step,
                  prepareStep(standing.action,
                              standing.row,
                              State::kExecuting,
                              std::nullopt,
                              standing.counted,
                              deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            return step.write(transaction);
        }));
    return confirm(id, deadline);
}

Result<Effect> Execution::prepared(const Standing& standing, Deadline deadline) {
    auto effect = standing.type->prepare(standing.action, standing.counted, deadline);
    if (effect || !isFinal(effect.error().code)) return effect;
    const Error why = effect.error();
    SALLYPORT_CHECK(settle(
        standing.action, standing.row, State::kFailed, std::string(name(why.code)), deadline));
    return fail(ErrorCode::kGone, why.detail);
}

/// The effect and `executed` in one transaction.
Status Execution::give(const Standing& standing, Effect& effect, Deadline deadline) {
    SALLYPORT_TRY(const Step step,
                  prepareStep(standing.action,
                              standing.row,
                              State::kExecuted,
                              effect.result,
                              standing.counted,
                              deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            SALLYPORT_CHECK(step.write(transaction));
            return effect.write(transaction);
        }));
    parts_.changes.notify();
    return {};
}

Status Execution::attempt(const ActionId& id, Deadline deadline) {
    SALLYPORT_TRY(const Standing standing, begin(id, deadline));
    if (standing.type->mode != Mode::kDirect)
        return fail(ErrorCode::kInternal, "not a type that executes by itself");
    SALLYPORT_TRY(Effect effect, prepared(standing, deadline));
    return give(standing, effect, deadline);
}

Status Execution::run(const ActionId& id, Deadline deadline) {
    Status status;
    for (int i = 0; i < kAttempts; ++i) {
        status = attempt(id, deadline);
        if (status || status.error().code != ErrorCode::kConflict) break;
    }
    if (!status) {
        parts_.log.warning("action.not_executed",
                           {{"action", id.text()}, {"detail", status.error().detail}});
    }
    return status;
}

Result<session::Opening> Execution::raise(const Standing& standing,
                                          const session::Session& by,
                                          const std::string& browser,
                                          Deadline deadline) {
    const ApprovalRow& approval = standing.counted.front().approval;
    // Which is one account's: the hash names the account, too.
    if (approval.session_hash != sessionHash(by.id()))
        return fail(ErrorCode::kForbidden, "the approval of another session");
    const session::KeyAssertion assertion{approval.account,
                                          approval.credential,
                                          true,
                                          standing.counted.front().acr == "phrh",
                                          approval.channel,
                                          approval.created};
    session::Draft draft = parts_.sessions.draftRaised(assertion, browser, by);
    SALLYPORT_TRY(auto minted,
                  mint::ask<mint::MintedToken>(parts_.mint, draft.request(), deadline));
    SALLYPORT_TRY(auto opening,
                  parts_.sessions.prepare(std::move(draft), mint::Answer(std::move(minted))));
    SALLYPORT_TRY(const Step step,
                  prepareStep(standing.action,
                              standing.row,
                              State::kExecuted,
                              std::nullopt,
                              standing.counted,
                              deadline));
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(standing.isUnchanged(transaction));
            SALLYPORT_CHECK(step.write(transaction));
            const session::ApprovedAction proof(standing.action.id, by.id(), assertion);
            return session::Service::raise(transaction, proof, opening);
        }));
    parts_.changes.notify();
    return opening;
}

Result<Execution::Answer> Execution::answer(const ActionId& id,
                                            const session::Session& by,
                                            const std::string& browser,
                                            Deadline deadline) {
    SALLYPORT_TRY(const Standing standing, begin(id, deadline));
    Answer answer;
    if (standing.type->mode == Mode::kRaise) {
        SALLYPORT_TRY(answer.session, raise(standing, by, browser, deadline));
        return answer;
    }
    if (standing.type->mode != Mode::kAnswer)
        return fail(ErrorCode::kInternal, "not a type that answers its approver");
    SALLYPORT_TRY(Effect effect, prepared(standing, deadline));
    SALLYPORT_CHECK(give(standing, effect, deadline));
    answer.product = std::move(effect.product);
    return answer;
}

Result<credential::ApprovedAction> Execution::claim(const ActionId& id,
                                                    const session::Session& by,
                                                    Deadline deadline) {
    SALLYPORT_TRY(Standing standing, confirm(id, deadline));
    if (standing.type->mode != Mode::kClaim)
        return fail(ErrorCode::kForbidden, "not an action that adds a key");
    // Only its proposer approves it, so this is the proposer's account too.
    if (standing.counted.front().approval.session_hash != sessionHash(by.id()))
        return fail(ErrorCode::kForbidden, "approved in another session than the one that asks");
    SALLYPORT_TRY(Step step,
                  prepareStep(standing.action,
                              standing.row,
                              State::kExecuted,
                              std::nullopt,
                              standing.counted,
                              deadline));
    const Digest policy_digest = standing.action.action.policy_digest;

    struct Held {
        Standing standing;
        Step step;
    };

    const auto held = std::make_shared<const Held>(Held{std::move(standing), std::move(step)});
    return credential::ApprovedAction(by.fields().account,
                                      id,
                                      policy_digest,
                                      [held](storage::Transaction& transaction) -> Status {
                                          SALLYPORT_CHECK(held->standing.isUnchanged(transaction));
                                          return held->step.write(transaction);
                                      });
}

}  // namespace sallyport::action
