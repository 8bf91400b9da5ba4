#include "app/action_policies.h"

#include <algorithm>
#include <array>

namespace sallyport::app {
namespace {

constexpr std::array<std::string_view, 3> kBuiltIn{"session.", "credential.", "admin."};

std::set<std::string> setOf(const Config::Texts& texts) {
    return {texts.begin(), texts.end()};
}

action::ParameterRule ruleOf(const Config::Parameter& parameter) {
    action::ParameterRule rule;
    rule.name = parameter.name;
    // The schema let no other name through.
    rule.kind = action::parameterKindFromName(parameter.kind).value();
    rule.min = static_cast<std::uint64_t>(parameter.min);
    rule.max = static_cast<std::uint64_t>(parameter.max);
    rule.scale = static_cast<unsigned>(parameter.scale);
    const std::set<std::string> listed = setOf(parameter.one_of);
    rule.one_of.assign(listed.begin(), listed.end());
    rule.optional = parameter.optional;
    rule.label = parameter.label;
    return rule;
}

action::TypePolicy policyOf(const Config::Action& type) {
    action::TypePolicy policy;
    policy.type = type.type;
    policy.version = static_cast<std::uint32_t>(type.version);
    for (const auto& parameter : type.parameters) policy.parameters.push_back(ruleOf(parameter));
    policy.text = type.text;
    policy.acr = type.acr;
    policy.max_age = type.max_age;
    policy.approvers = static_cast<unsigned>(type.approvers);
    policy.approver_roles = setOf(type.approver_roles);
    policy.proposer_may_approve = type.proposer_may_approve;
    policy.delay = type.delay;
    policy.ttl = type.ttl;
    policy.proposer_roles = setOf(type.proposer_roles);
    policy.clients = setOf(type.clients);
    policy.channel = channelFromName(type.channel);
    policy.audience = type.audience;
    return policy;
}

bool isClient(const Config& config, std::string_view id) {
    return std::any_of(config.clients.begin(), config.clients.end(), [id](const auto& client) {
        return client.id == id;
    });
}

Status checkClients(const Config& config, const std::string& place, const Config::Action& type) {
    for (const std::string& client : type.clients) {
        if (!isClient(config, client))
            return config.refuse(place + ".clients", "`" + client + "` is in no [[clients]]");
    }
    if (!type.audience.empty() && !isClient(config, type.audience))
        return config.refuse(place + ".audience", "`" + type.audience + "` is in no [[clients]]");
    return {};
}

}  // namespace

Result<std::vector<action::TypePolicy>> actionPolicies(const Config& config) {
    std::vector<action::TypePolicy> policies;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < config.actions.size(); ++i) {
        const Config::Action& type = config.actions[i];
        const std::string place = "actions[" + std::to_string(i) + "]";
        for (const std::string_view prefix : kBuiltIn) {
            if (type.type.starts_with(prefix))
                return config.refuse(
                    place + ".type",
                    "types that begin with " + std::string(prefix) + " are built in");
        }
        if (!seen.insert(type.type).second)
            return config.refuse(place + ".type", "`" + type.type + "` is there twice");
        SALLYPORT_CHECK(checkClients(config, place, type));
        policies.push_back(policyOf(type));
        const Status right = action::checkPolicy(policies.back());
        if (!right) return config.refuse(place + ".type", right.error().detail);
    }
    return policies;
}

}  // namespace sallyport::app
