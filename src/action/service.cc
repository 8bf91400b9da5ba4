#include "action/service.h"

#include "action/evidence.h"
#include "action/tables.h"

#include <algorithm>

/// What callers see of actions, and how they end one.
namespace sallyport::action {
namespace {

constexpr std::int64_t kMostListed = 50;
// Rows that are looked at for one list; beyond that many the oldest come first.
constexpr std::int64_t kMostRead = 500;

Error notFound() {
    return fail(ErrorCode::kNotFound, "no such action");
}

bool isProposer(const Caller& caller, const ActionRow& action) {
    if (caller.session == nullptr) return action.action.client == caller.client;
    // What a client proposes on somebody's behalf is the client's.
    return !action.action.client.has_value() &&
           action.action.proposer == caller.session->fields().account;
}

/// Whether a row may interest this person, by what it says of itself; judged before it is shown.
bool mayConcern(const Types& types, const storage::Row& row, const account::Authority& authority) {
    const auto type_name = row.text("type");
    const auto proposer = row.optionalId<AccountId>("proposer_id");
    if (!type_name || !proposer) return false;
    const Type* type = types.find(*type_name);
    if (type == nullptr) return false;
    if (*proposer == authority.account) return true;
    if (type->policy.proposer_only) return false;
    const auto& wanted = type->policy.approver_roles;
    return wanted.empty() ||
           std::any_of(wanted.begin(), wanted.end(), [&authority](const auto& role) {
               return authority.roles.count(role) == 1;
           });
}

}  // namespace

Result<account::Authority> Service::authorityOf(const Caller& caller, Deadline deadline) const {
    if (caller.session == nullptr) return fail(ErrorCode::kForbidden, "not a person");
    SALLYPORT_TRY(auto authority,
                  parts_.directory.authorityOf(caller.session->fields().account, deadline));
    if (!authority.maySignIn()) return fail(ErrorCode::kForbidden, "the account is frozen");
    return authority;
}

Result<Standing> Service::judged(const ActionId& id, Deadline deadline) {
    auto standing = parts_.approvals.judge(id, deadline);
    if (standing) return standing;
    return parts_.execution.settleFailed(id, standing.error(), deadline);
}

Result<std::optional<View>> Service::seen(const Caller& caller,
                                          const std::optional<account::Authority>& authority,
                                          const Standing& standing) const {
    const bool proposed = isProposer(caller, standing.action);
    const bool may =
        authority.has_value() && Approvals::mayApprove(standing, *authority).has_value();
    if (!proposed && !may) return std::optional<View>();
    const Time now = parts_.clock.now();
    ActionRow shown = standing.action;
    shown.state = stateAt(standing.action, now);
    SALLYPORT_TRY(Rendered rendered,
                  render(standing.type->policy,
                         standing.action.action,
                         languageFor(standing.type->policy, caller.languages)));
    const bool open = shown.state == State::kProposed;
    return std::optional<View>(View{std::move(shown),
                                    std::move(rendered.text),
                                    static_cast<unsigned>(standing.counted.size()),
                                    may && open && !standing.hasApproved(*authority),
                                    proposed,
                                    std::max(standing.action.expires - now, Duration::zero())});
}

Result<View> Service::view(const Caller& caller, const ActionId& id, Deadline deadline) {
    std::optional<account::Authority> authority;
    if (caller.session != nullptr) {
        SALLYPORT_TRY(authority, authorityOf(caller, deadline));
    }
    auto standing = parts_.approvals.judge(id, deadline);
    if (standing) {
        SALLYPORT_TRY(auto seen_view, seen(caller, authority, *standing));
        if (!seen_view.has_value()) return notFound();
        return std::move(*seen_view);
    }
    const ErrorCode why = standing.error().code;
    if (why != ErrorCode::kGone && why != ErrorCode::kForbidden) return standing.error();
    // Nobody can render or execute it any more; its proposer learns so. Looking changes nothing.
    SALLYPORT_TRY(auto read, parts_.approvals.read(id, deadline));
    if (!isProposer(caller, read.first)) return notFound();
    read.first.state = stateAt(read.first, parts_.clock.now());
    if (!isSettled(read.first.state)) read.first.state = State::kFailed;
    return View{std::move(read.first), {}, 0, false, true, Duration::zero()};
}

Result<View> Service::read(const Caller& caller,
                           const ActionId& id,
                           Duration wait,
                           Deadline deadline) {
    const Deadline until = Deadline::after(wait);
    std::uint64_t since = parts_.changes.now();
    SALLYPORT_TRY(View first, view(caller, id, deadline));
    View last = first;
    while (!until.passed() && !isSettled(last.action.state) &&
           last.action.state == first.action.state && last.approvals == first.approvals) {
        if (!parts_.changes.wait(since, until)) break;
        since = parts_.changes.now();
        // Every look has its own time: the wait may be longer than one.
        SALLYPORT_TRY(last, view(caller, id, Deadline::after(std::chrono::seconds(5))));
    }
    return last;
}

Result<std::vector<View>> Service::list(const Caller& caller, Deadline deadline) {
    SALLYPORT_TRY(const auto authority, authorityOf(caller, deadline));
    const Time now = parts_.clock.now();
    SALLYPORT_TRY(const auto rows,
                  parts_.database.read(deadline, [&](storage::Transaction& transaction) {
                      return transaction.query(
                          "SELECT id, type, proposer_id FROM actions WHERE state IN ('proposed', "
                          "'approved') AND expires_at > $1 ORDER BY created_at, id LIMIT $2",
                          {now, kMostRead});
                  }));
    std::vector<View> views;
    for (const storage::Row& row : rows) {
        if (views.size() == static_cast<std::size_t>(kMostListed)) break;
        if (!mayConcern(parts_.types, row, authority)) continue;
        SALLYPORT_TRY(const auto id, row.id<ActionId>("id"));
        const auto standing = parts_.approvals.judge(id, deadline);
        if (!standing && standing.error().code == ErrorCode::kUnavailable) return standing.error();
        // A damaged action was reported, and must not hide the others.
        if (!standing) continue;
        SALLYPORT_TRY(auto one, seen(caller, authority, *standing));
        if (!one.has_value() || isSettled(one->action.state)) continue;
        if (one->may_approve || one->proposed) views.push_back(std::move(*one));
    }
    return views;
}

Result<View> Service::end(const Caller& caller,
                          const ActionId& id,
                          const Standing& standing,
                          State state,
                          Deadline deadline) {
    const State now = stateAt(standing.action, parts_.clock.now());
    if (now != State::kProposed && now != State::kApproved)
        return fail(ErrorCode::kConflict, "the action is settled or on its way");
    SALLYPORT_TRY(auto step,
                  parts_.execution.prepareStep(
                      standing.action, standing.row, state, std::nullopt, {}, deadline));
    SALLYPORT_CHECK(parts_.database.write(
        deadline, [&step](storage::Transaction& transaction) { return step.write(transaction); }));
    parts_.changes.notify();
    return view(caller, id, deadline);
}

Result<View> Service::deny(const Caller& caller, const ActionId& id, Deadline deadline) {
    SALLYPORT_TRY(const auto authority, authorityOf(caller, deadline));
    SALLYPORT_TRY(const Standing standing, judged(id, deadline));
    SALLYPORT_TRY(const auto seen_view, seen(caller, authority, standing));
    if (!seen_view.has_value()) return notFound();
    SALLYPORT_CHECK(Approvals::mayApprove(standing, authority));
    return end(caller, id, standing, State::kDenied, deadline);
}

Result<View> Service::cancel(const Caller& caller, const ActionId& id, Deadline deadline) {
    SALLYPORT_TRY(const Standing standing, judged(id, deadline));
    if (!isProposer(caller, standing.action)) return notFound();
    return end(caller, id, standing, State::kCancelled, deadline);
}

Result<Json> Service::evidence(const Caller& caller, const ActionId& id, Deadline deadline) {
    // Whoever may see the action may see why it was executed.
    SALLYPORT_TRY(const View shown, view(caller, id, deadline));
    auto bundle = bundleOf(parts_.database, shown.action, deadline);
    if (!bundle && bundle.error().code == ErrorCode::kIntegrity)
        parts_.integrity(evidenceTable().name, copyBytes(id.bytes));
    return bundle;
}

}  // namespace sallyport::action
