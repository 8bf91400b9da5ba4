#include "action/types/own_key.h"

namespace sallyport::action {
namespace {

Result<Effect> prepare(const BuiltInParts& parts, const ActionRow& action, Deadline deadline) {
    SALLYPORT_TRY(const auto key, ownKeyOf(parts, action, deadline));
    // Whoever wants no key any more asks an operator to freeze the account.
    if (key.other_active == 0)
        return fail(ErrorCode::kForbidden, "the last active key of an account is not removed");
    SALLYPORT_TRY(auto change,
                  parts.credentials.prepareRemoval(
                      key.authority, key.credential, action.action.proposer, deadline));
    return keyEffect(std::move(change));
}

}  // namespace

Type credentialRemoveType(const BuiltInRules& rules, const BuiltInParts& parts) {
    Type type = ownKeyType(rules, parts, "credential.remove", "action.credential_remove");
    type.prepare = [parts](const ActionRow& action,
                           const std::vector<Counted>& /*approvals*/,
                           Deadline deadline) { return prepare(parts, action, deadline); };
    return type;
}

}  // namespace sallyport::action
