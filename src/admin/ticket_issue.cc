#include "admin/types.h"

#include <memory>

namespace sallyport::admin {
namespace {

Result<action::Effect> prepare(const Parts& parts,
                               const action::ActionRow& action,
                               const std::vector<action::Counted>& approvals,
                               Deadline deadline) {
    SALLYPORT_TRY(const auto authority, accountOf(parts, action, deadline));
    if (!authority.maySignIn()) return fail(ErrorCode::kForbidden, "the account is frozen");
    SALLYPORT_TRY(
        auto issued,
        parts.tickets.issue(authority.account, action.id, lastApprover(approvals), deadline));
    const auto ticket = std::make_shared<const credential::Tickets::Prepared>(std::move(issued));
    action::Effect effect;
    effect.product = ticket->text.duplicate();
    effect.write = [ticket](storage::Transaction& transaction) {
        return credential::Tickets::insert(transaction, *ticket);
    };
    return effect;
}

}  // namespace

action::Type ticketIssueType(const action::BuiltInRules& rules, const Parts& parts) {
    action::Type type =
        accountType(operatorPolicy(rules, "admin.ticket.issue", "action.ticket_issue"), parts);
    type.mode = action::Mode::kAnswer;
    type.prepare = [parts](const action::ActionRow& action,
                           const std::vector<action::Counted>& approvals,
                           Deadline deadline) {
        return prepare(parts, action, approvals, deadline);
    };
    return type;
}

}  // namespace sallyport::admin
