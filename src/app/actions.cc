#include "app/actions.h"

namespace sallyport::app {
namespace {

/// What operators need before nobody can do anything on the host any more.
admin::BootstrapRules bootstrapRules(const Policy& policy) {
    if (policy.profile != Profile::kRegulated) return {};
    admin::BootstrapRules rules;
    rules.operators = 3;
    rules.keys = 2;
    return rules;
}

action::BuiltInRules builtInRules(const Policy& policy) {
    action::BuiltInRules rules;
    if (policy.profile != Profile::kRegulated) return rules;
    rules.own_acr = "phrh";
    rules.admin_acr = "phrh";
    rules.admin_approvers = 2;
    return rules;
}

Result<action::Types> typesOf(const Actions::Parts& parts,
                              std::vector<action::TypePolicy> configured) {
    const action::BuiltInRules rules = builtInRules(parts.policy);
    const action::BuiltInParts built_in{
        parts.core.directory(), parts.keys.credentials(), parts.ground.clock};
    const admin::Parts admin_parts{parts.core.directory(),
                                   parts.core.database(),
                                   parts.core.sealer(),
                                   parts.core.events(),
                                   parts.keys.credentials(),
                                   parts.keys.tickets()};
    std::vector<action::Type> types =
        admin::types(rules, admin_parts, bootstrapRules(parts.policy));
    types.push_back(action::stepUpType(rules));
    types.push_back(action::credentialAddType(rules));
    types.push_back(action::credentialRemoveType(rules, built_in));
    types.push_back(action::credentialReportLostType(rules, built_in));
    types.push_back(action::credentialActivateType(rules, built_in));
    for (action::TypePolicy& policy : configured) {
        types.emplace_back();
        types.back().policy = std::move(policy);
    }
    return action::Types::make(std::move(types));
}

}  // namespace

Actions::Actions(const Parts& parts, action::Types types)
    : types_(std::move(types)),
      approvals_({parts.core.database(),
                  parts.core.sealer(),
                  parts.core.directory(),
                  parts.keys.credentials(),
                  parts.keys.options(),
                  types_}),
      execution_({parts.core.database(),
                  parts.core.mint(),
                  parts.core.sealer(),
                  approvals_,
                  parts.sessions,
                  parts.core.events(),
                  parts.ground.clock,
                  parts.ground.log,
                  changes_}),
      service_({parts.core.database(),
                parts.core.sealer(),
                parts.core.directory(),
                parts.keys.assertions(),
                parts.keys.options(),
                types_,
                approvals_,
                execution_,
                parts.core.events(),
                parts.core.incidents().reporter("content"),
                parts.ground.clock,
                parts.ground.random,
                parts.ground.log,
                changes_}),
      grants_({parts.core.database(),
               parts.core.mint(),
               parts.core.sealer(),
               approvals_,
               execution_,
               changes_,
               parts.ground.clock,
               parts.ground.random},
              parts.issuer) {}

Result<std::unique_ptr<Actions>> Actions::build(const Parts& parts,
                                                std::vector<action::TypePolicy> configured) {
    SALLYPORT_TRY(action::Types types, typesOf(parts, std::move(configured)));
    return std::unique_ptr<Actions>(new Actions(parts, std::move(types)));
}

}  // namespace sallyport::app
