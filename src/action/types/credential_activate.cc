#include "action/types/own_key.h"

#include <algorithm>

namespace sallyport::action {
namespace {

using Kind = ParameterRule::Kind;

struct Wanted {
    account::Authority authority;
    credential::Credential key;
};

/// The provisional key of that mailbox's account which shows this fingerprint.
Result<Wanted> find(const BuiltInParts& parts,
                    const std::string& address_text,
                    const std::string& fingerprint,
                    Deadline deadline) {
    const Error none = fail(ErrorCode::kNotFound, "no key with this fingerprint waits there");
    SALLYPORT_TRY(const auto address, account::MailAddress::parse(address_text));
    SALLYPORT_TRY(auto found, parts.directory.find(address, deadline));
    if (!found.has_value()) return none;
    SALLYPORT_TRY(auto keys, parts.credentials.live(found->authority, deadline));
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& one) {
        return one.status == credential::CredentialStatus::kProvisional &&
               credential::fingerprintOf(one.public_key) == fingerprint;
    });
    if (key == keys.end()) return none;
    return Wanted{std::move(found->authority), std::move(*key)};
}

/// What identifies that very key to people and to machines.
Json parametersOf(const std::string& address, const Wanted& wanted) {
    return Json::Object{{"address", address},
                        {"fingerprint", credential::fingerprintOf(wanted.key.public_key)},
                        {"account", wanted.authority.account.text()},
                        {"credential", wanted.key.id.text()},
                        {"public_key", base64url::encode(sha256(wanted.key.public_key))},
                        {"aaguid", fido::textOf(wanted.key.aaguid)}};
}

Result<Json> complete(const BuiltInParts& parts, const Json& given, Deadline deadline) {
    constexpr std::size_t kMost = 320;
    JsonReader reader(given);
    SALLYPORT_TRY(const std::string address, reader.string("address", kMost));
    SALLYPORT_TRY(const std::string fingerprint, reader.string("fingerprint", kMost));
    SALLYPORT_CHECK(reader.finish());
    SALLYPORT_TRY(const auto wanted, find(parts, address, fingerprint, deadline));
    return parametersOf(address, wanted);
}

std::string textOf(const ActionRow& action, std::string_view parameter) {
    const Json* value = action.action.parameters.find(parameter);
    return value != nullptr && value->asString() != nullptr ? *value->asString() : std::string();
}

Result<Effect> prepare(const BuiltInParts& parts,
                       const ActionRow& action,
                       const std::vector<Counted>& approvals,
                       Deadline deadline) {
    const std::string address = textOf(action, "address");
    SALLYPORT_TRY(const auto wanted, find(parts, address, textOf(action, "fingerprint"), deadline));
    if (!(parametersOf(address, wanted) == action.action.parameters))
        return fail(ErrorCode::kNotFound, "the key is not the one that was shown");
    SALLYPORT_TRY(
        auto change,
        parts.credentials.prepareActivation(
            wanted.authority, wanted.key.id, approvals.back().approval.account, deadline));
    return keyEffect(std::move(change));
}

}  // namespace

Type credentialActivateType(const BuiltInRules& rules, const BuiltInParts& parts) {
    Type type;
    type.policy = operatorPolicy(rules, "credential.activate", "action.credential_activate");
    type.policy.parameters = {parameter("address", Kind::kAddress),
                              parameter("fingerprint", Kind::kText),
                              parameter("account", Kind::kId),
                              parameter("credential", Kind::kId),
                              parameter("public_key", Kind::kText),
                              parameter("aaguid", Kind::kText)};
    type.mode = Mode::kDirect;
    type.complete = [parts](const account::Authority* /*proposer*/,
                            const Json& given,
                            Deadline deadline) { return complete(parts, given, deadline); };
    type.prepare =
        [parts](const ActionRow& action, const std::vector<Counted>& approvals, Deadline deadline) {
            return prepare(parts, action, approvals, deadline);
        };
    return type;
}

}  // namespace sallyport::action
