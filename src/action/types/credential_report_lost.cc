#include "action/types/own_key.h"

namespace sallyport::action {
namespace {

Result<Effect> prepare(const BuiltInParts& parts,
                       const ActionRow& action,
                       const std::vector<Counted>& approvals,
                       Deadline deadline) {
    SALLYPORT_TRY(const auto key, ownKeyOf(parts, action, deadline));
    for (const Counted& one : approvals) {
        // Whoever has the key at hand has not lost it.
        if (one.approval.credential == key.credential)
            return fail(ErrorCode::kForbidden, "a key does not report its own loss");
    }
    SALLYPORT_TRY(auto change,
                  parts.credentials.prepareLoss(
                      key.authority, key.credential, action.action.proposer, deadline));
    Effect effect;
    effect.write = [change = std::move(change)](storage::Transaction& transaction) {
        return credential::Credentials::write(transaction, change);
    };
    return effect;
}

}  // namespace

Type credentialReportLostType(const BuiltInRules& rules, const BuiltInParts& parts) {
    Type type;
    type.policy = ownPolicy(rules, "credential.report-lost", "action.credential_report_lost");
    addKeyParameters(type.policy);
    type.mode = Mode::kDirect;
    type.complete = [parts](const account::Authority* proposer,
                            const Json& given,
                            Deadline deadline) -> Result<Json> {
        SALLYPORT_TRY(const std::string credential, onlyText(given, "credential"));
        if (proposer == nullptr) return fail(ErrorCode::kForbidden, "nobody's key");
        return keyParameters(parts, *proposer, credential, deadline);
    };
    type.prepare =
        [parts](const ActionRow& action, const std::vector<Counted>& approvals, Deadline deadline) {
            return prepare(parts, action, approvals, deadline);
        };
    return type;
}

}  // namespace sallyport::action
