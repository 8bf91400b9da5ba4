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
    return keyEffect(std::move(change));
}

}  // namespace

Type credentialReportLostType(const BuiltInRules& rules, const BuiltInParts& parts) {
    Type type = ownKeyType(rules, parts, "credential.report-lost", "action.credential_report_lost");
    type.prepare =
        [parts](const ActionRow& action, const std::vector<Counted>& approvals, Deadline deadline) {
            return prepare(parts, action, approvals, deadline);
        };
    return type;
}

}  // namespace sallyport::action
