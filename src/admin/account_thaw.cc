#include "admin/types.h"

namespace sallyport::admin {

action::Type accountThawType(const action::BuiltInRules& rules, const Parts& parts) {
    action::Type type;
    type.policy = operatorPolicy(rules, "admin.account.thaw", "action.account_thaw");
    type.policy.parameters = accountRules();
    type.mode = action::Mode::kDirect;
    type.complete =
        [parts](const account::Authority* /*proposer*/, const Json& given, Deadline deadline) {
            return accountParameters(parts, given, deadline);
        };
    type.prepare = [parts](const action::ActionRow& action,
                           const std::vector<action::Counted>& approvals,
                           Deadline deadline) -> Result<action::Effect> {
        SALLYPORT_TRY(const auto authority, accountOf(parts, action, deadline));
        SALLYPORT_TRY(auto change,
                      parts.directory.prepareThaw(authority, lastApprover(approvals), deadline));
        action::Effect effect;
        effect.write = [change = std::move(change)](storage::Transaction& transaction) {
            return account::Directory::write(transaction, change);
        };
        return effect;
    };
    return type;
}

}  // namespace sallyport::admin
