#include "account/authority.h"
#include "action/built_in.h"
#include "base/texts.h"

/// What the policies of built-in types have in common.
namespace sallyport::action {
namespace {

constexpr Duration kOneApprover = std::chrono::minutes(5);
constexpr Duration kSeveralApprovers = std::chrono::hours(24);

}  // namespace

TypePolicy builtInPolicy(std::string_view type, std::string_view text_key) {
    constexpr std::string_view kEnglish = "en";
    TypePolicy policy;
    policy.type = std::string(type);
    policy.text.emplace(kEnglish, text(kEnglish, text_key));
    return policy;
}

TypePolicy ownPolicy(const BuiltInRules& rules, std::string_view type, std::string_view text_key) {
    TypePolicy policy = builtInPolicy(type, text_key);
    policy.acr = rules.own_acr;
    policy.proposer_only = true;
    policy.proposer_may_approve = true;
    policy.ttl = kOneApprover;
    return policy;
}

TypePolicy operatorPolicy(const BuiltInRules& rules,
                          std::string_view type,
                          std::string_view text_key) {
    TypePolicy policy = builtInPolicy(type, text_key);
    policy.acr = rules.admin_acr;
    policy.approvers = rules.admin_approvers;
    policy.approver_roles = {std::string(account::kOperatorRole)};
    policy.proposer_roles = {std::string(account::kOperatorRole)};
    policy.proposer_may_approve = true;
    policy.ttl = rules.admin_approvers > 1 ? kSeveralApprovers : kOneApprover;
    return policy;
}

ParameterRule parameter(std::string name, ParameterRule::Kind kind, std::uint64_t max) {
    ParameterRule rule;
    rule.name = std::move(name);
    rule.kind = kind;
    rule.max = max;
    return rule;
}

Result<std::string> onlyText(const Json& given, std::string_view member) {
    constexpr std::size_t kMost = 320;
    JsonReader reader(given);
    SALLYPORT_TRY(std::string value, reader.string(member, kMost));
    SALLYPORT_CHECK(reader.finish());
    return value;
}

}  // namespace sallyport::action
