#include "admin/types.h"

#include <algorithm>

namespace sallyport::admin {
namespace {

using Kind = action::ParameterRule::Kind;

constexpr std::size_t kMostRoles = 128;

struct Wanted {
    account::MailAddress address;
    std::set<std::string> roles;
};

Result<Wanted> wanted(const Json& parameters) {
    constexpr std::size_t kMost = 320;
    JsonReader reader(parameters);
    SALLYPORT_TRY(const std::string text, reader.string("address", kMost));
    SALLYPORT_TRY(const auto roles_text, reader.optionalString("roles", kMostRoles));
    SALLYPORT_CHECK(reader.finish());
    SALLYPORT_TRY(auto address, account::MailAddress::parse(text));
    const auto roles = account::rolesFromText(roles_text.value_or(""));
    if (!roles.has_value() || !std::all_of(roles->begin(), roles->end(), account::isRole))
        return fail(ErrorCode::kInvalidRequest, "roles are sorted words, each once");
    return Wanted{std::move(address), *roles};
}

Result<Json> complete(const Parts& parts, const Json& given, Deadline deadline) {
    SALLYPORT_TRY(const auto account, wanted(given));
    SALLYPORT_TRY(const auto found, parts.directory.find(account.address, deadline));
    if (found.has_value()) return fail(ErrorCode::kConflict, "the address has an account");
    return given;
}

Result<action::Effect> prepare(const Parts& parts,
                               const action::ActionRow& action,
                               const std::vector<action::Counted>& approvals,
                               Deadline deadline) {
    SALLYPORT_TRY(auto account, wanted(action.action.parameters));
    SALLYPORT_TRY(const auto found, parts.directory.find(account.address, deadline));
    if (found.has_value()) return fail(ErrorCode::kForbidden, "the address has an account");
    SALLYPORT_TRY(auto prepared,
                  parts.directory.prepare({account::Kind::kPerson,
                                           std::move(account.address),
                                           account::AccountStatus::kActive,
                                           std::move(account.roles),
                                           lastApprover(approvals)},
                                          deadline));
    action::Effect effect;
    effect.result = prepared.account.text();
    effect.write = [prepared = std::move(prepared)](storage::Transaction& transaction) {
        return account::Directory::insert(transaction, prepared);
    };
    return effect;
}

}  // namespace

action::Type accountCreateType(const action::BuiltInRules& rules, const Parts& parts) {
    action::Type type;
    type.policy = operatorPolicy(rules, "admin.account.create", "action.account_create");
    type.policy.parameters = {action::parameter("address", Kind::kAddress),
                              action::parameter("roles", Kind::kText, kMostRoles)};
    type.policy.parameters.back().optional = true;
    type.mode = action::Mode::kDirect;
    type.complete = [parts](const account::Authority* /*proposer*/,
                            const Json& given,
                            Deadline deadline) { return complete(parts, given, deadline); };
    type.prepare = [parts](const action::ActionRow& action,
                           const std::vector<action::Counted>& approvals,
                           Deadline deadline) {
        return prepare(parts, action, approvals, deadline);
    };
    return type;
}

}  // namespace sallyport::admin
