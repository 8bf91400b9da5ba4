#include "admin/types.h"

namespace sallyport::admin {
namespace {

using Kind = action::ParameterRule::Kind;

/// `{"address","account"}` of an account that exists. Errors: kInvalidRequest, kNotFound.
Result<Json> accountParameters(const Parts& parts, const Json& given, Deadline deadline) {
    SALLYPORT_TRY(const std::string text, action::onlyText(given, "address"));
    SALLYPORT_TRY(const auto address, account::MailAddress::parse(text));
    SALLYPORT_TRY(const auto found, parts.directory.find(address, deadline));
    if (!found.has_value()) return fail(ErrorCode::kNotFound, "no account has this address");
    return Json(Json::Object{{"address", text}, {"account", found->authority.account.text()}});
}

}  // namespace

action::Type accountType(action::TypePolicy policy, const Parts& parts) {
    action::Type type;
    type.policy = std::move(policy);
    type.policy.parameters = {action::parameter("address", Kind::kAddress),
                              action::parameter("account", Kind::kId)};
    type.complete =
        [parts](const account::Authority* /*proposer*/, const Json& given, Deadline deadline) {
            return accountParameters(parts, given, deadline);
        };
    return type;
}

action::Type accountChangeType(action::TypePolicy policy,
                               const Parts& parts,
                               AccountChange change) {
    action::Type type = accountType(std::move(policy), parts);
    type.mode = action::Mode::kDirect;
    type.prepare = [parts, change](const action::ActionRow& action,
                                   const std::vector<action::Counted>& approvals,
                                   Deadline deadline) -> Result<action::Effect> {
        SALLYPORT_TRY(const auto authority, accountOf(parts, action, deadline));
        SALLYPORT_TRY(auto prepared,
                      (parts.directory.*change)(authority, lastApprover(approvals), deadline));
        action::Effect effect;
        effect.write = [prepared = std::move(prepared)](storage::Transaction& transaction) {
            return account::Directory::write(transaction, prepared);
        };
        return effect;
    };
    return type;
}

Result<account::Authority> accountOf(const Parts& parts,
                                     const action::ActionRow& action,
                                     Deadline deadline) {
    const Json* text = action.action.parameters.find("address");
    const Json* named = action.action.parameters.find("account");
    if (text == nullptr || text->asString() == nullptr || named == nullptr)
        return fail(ErrorCode::kInternal, "an action about no account");
    SALLYPORT_TRY(const auto address, account::MailAddress::parse(*text->asString()));
    SALLYPORT_TRY(auto found, parts.directory.find(address, deadline));
    if (!found.has_value() || !(*named == Json(found->authority.account.text())))
        return fail(ErrorCode::kNotFound, "the address is no longer that account's");
    return std::move(found->authority);
}

AccountId lastApprover(const std::vector<action::Counted>& approvals) {
    return approvals.back().approval.account;
}

std::vector<action::Type> types(const action::BuiltInRules& rules,
                                const Parts& parts,
                                BootstrapRules bootstrap) {
    std::vector<action::Type> all;
    all.push_back(accountCreateType(rules, parts));
    all.push_back(accountFreezeType(rules, parts));
    all.push_back(accountThawType(rules, parts));
    all.push_back(ticketIssueType(rules, parts));
    all.push_back(bootstrapCloseType(rules, parts, bootstrap));
    return all;
}

}  // namespace sallyport::admin
