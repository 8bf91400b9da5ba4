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
    Effect effect;
    effect.write = [change = std::move(change)](storage::Transaction& transaction) {
        return credential::Credentials::write(transaction, change);
    };
    return effect;
}

}  // namespace

Type credentialRemoveType(const BuiltInRules& rules, const BuiltInParts& parts) {
    Type type;
    type.policy = ownPolicy(rules, "credential.remove", "action.credential_remove");
    addKeyParameters(type.policy);
    type.mode = Mode::kDirect;
    type.complete = [parts](const account::Authority* proposer,
                            const Json& given,
                            Deadline deadline) -> Result<Json> {
        SALLYPORT_TRY(const std::string credential, onlyText(given, "credential"));
        if (proposer == nullptr) return fail(ErrorCode::kForbidden, "nobody's key");
        return keyParameters(parts, *proposer, credential, deadline);
    };
    type.prepare = [parts](const ActionRow& action,
                           const std::vector<Counted>& /*approvals*/,
                           Deadline deadline) { return prepare(parts, action, deadline); };
    return type;
}

}  // namespace sallyport::action
