#include "action/approvals.h"
#include "admin/types.h"

#include <algorithm>

namespace sallyport::admin {
namespace {

/// Whoever closes the bootstrap without people who can go on has shut everybody out.
Status mayClose(const Parts& parts, BootstrapRules bootstrap, Deadline deadline) {
    SALLYPORT_TRY(const auto operators, parts.directory.withRole(account::kOperatorRole, deadline));
    std::set<FixedBytes<16>> able;
    for (const account::Authority& authority : operators) {
        SALLYPORT_TRY(const auto keys, parts.credentials.live(authority, deadline));
        const auto active = std::count_if(keys.begin(), keys.end(), [](const auto& key) {
            return key.status == credential::CredentialStatus::kActive;
        });
        if (static_cast<std::size_t>(active) >= bootstrap.keys)
            able.insert(action::personOf(authority));
    }
    if (able.size() >= bootstrap.operators) return {};
    return fail(ErrorCode::kForbidden,
                "bootstrap is closed with " + std::to_string(bootstrap.operators) +
                    " operators who have " + std::to_string(bootstrap.keys) +
                    " active keys each, and no fewer");
}

Result<action::Effect> prepare(const Parts& parts,
                               BootstrapRules bootstrap,
                               const std::vector<action::Counted>& approvals,
                               Deadline deadline) {
    SALLYPORT_CHECK(mayClose(parts, bootstrap, deadline));
    SALLYPORT_TRY(const auto installation,
                  account::readInstallation(parts.database, parts.sealer, deadline));
    if (!installation.bootstrap_open)
        return fail(ErrorCode::kForbidden, "bootstrap is closed already");
    SALLYPORT_TRY(auto change,
                  account::prepareBootstrapClose(
                      installation, parts.sealer, parts.events, lastApprover(approvals), deadline));
    action::Effect effect;
    effect.write = [change = std::move(change)](storage::Transaction& transaction) {
        return account::Directory::write(transaction, change);
    };
    return effect;
}

}  // namespace

action::Type bootstrapCloseType(const action::BuiltInRules& rules,
                                const Parts& parts,
                                BootstrapRules bootstrap) {
    action::Type type;
    type.policy = operatorPolicy(rules, "admin.bootstrap.close", "action.bootstrap_close");
    type.mode = action::Mode::kDirect;
    type.complete = [parts, bootstrap](const account::Authority* /*proposer*/,
                                       const Json& given,
                                       Deadline deadline) -> Result<Json> {
        SALLYPORT_CHECK(mayClose(parts, bootstrap, deadline));
        return given;
    };
    type.prepare = [parts, bootstrap](const action::ActionRow& /*action*/,
                                      const std::vector<action::Counted>& approvals,
                                      Deadline deadline) {
        return prepare(parts, bootstrap, approvals, deadline);
    };
    return type;
}

}  // namespace sallyport::admin
