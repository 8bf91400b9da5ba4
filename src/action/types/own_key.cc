#include "action/types/own_key.h"

#include "action/parameters.h"

#include <algorithm>

namespace sallyport::action {
namespace {

using Kind = ParameterRule::Kind;

/// A label that could look like text of ours is not shown.
std::string shownLabel(const std::string& label) {
    return isPlainLine(label) && !label.empty() ? label : "security key";
}

Json parametersOf(const credential::Credential& key) {
    return Json::Object{{"credential", key.id.text()},
                        {"label", shownLabel(key.label)},
                        {"fingerprint", credential::fingerprintOf(key.public_key)}};
}

/// The parameters of a live key of the account. Errors: kNotFound.
Result<Json> keyParameters(const BuiltInParts& parts,
                           const account::Authority& authority,
                           std::string_view credential,
                           Deadline deadline) {
    SALLYPORT_TRY(const auto id, CredentialId::fromText(credential));
    SALLYPORT_TRY(const auto keys, parts.credentials.live(authority, deadline));
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&id](const auto& one) { return one.id == id; });
    if (key == keys.end()) return fail(ErrorCode::kNotFound, "no such security key");
    return parametersOf(*key);
}

}  // namespace

Type ownKeyType(const BuiltInRules& rules,
                const BuiltInParts& parts,
                std::string_view type,
                std::string_view text_key) {
    Type made;
    made.policy = ownPolicy(rules, type, text_key);
    made.policy.parameters = {parameter("credential", Kind::kId),
                              parameter("label", Kind::kText),
                              parameter("fingerprint", Kind::kText)};
    made.mode = Mode::kDirect;
    made.complete = [parts](const account::Authority* proposer,
                            const Json& given,
                            Deadline deadline) -> Result<Json> {
        SALLYPORT_TRY(const std::string credential, onlyText(given, "credential"));
        if (proposer == nullptr) return fail(ErrorCode::kForbidden, "nobody's key");
        return keyParameters(parts, *proposer, credential, deadline);
    };
    return made;
}

Result<OwnKey> ownKeyOf(const BuiltInParts& parts, const ActionRow& action, Deadline deadline) {
    const Json* named = action.action.parameters.find("credential");
    if (named == nullptr || named->asString() == nullptr || !action.action.proposer.has_value())
        return fail(ErrorCode::kInternal, "an action about no key");
    SALLYPORT_TRY(auto authority, parts.directory.authorityOf(*action.action.proposer, deadline));
    SALLYPORT_TRY(const auto now, keyParameters(parts, authority, *named->asString(), deadline));
    if (!(now == action.action.parameters))
        return fail(ErrorCode::kNotFound, "the key is not the one that was shown");
    SALLYPORT_TRY(const auto id, CredentialId::fromText(*named->asString()));
    SALLYPORT_TRY(const auto keys, parts.credentials.live(authority, deadline));
    const auto others = std::count_if(keys.begin(), keys.end(), [&id](const auto& one) {
        return one.id != id && one.status == credential::CredentialStatus::kActive;
    });
    return OwnKey{std::move(authority), id, static_cast<std::size_t>(others)};
}

Effect keyEffect(credential::Credentials::PreparedChange change) {
    Effect effect;
    effect.write = [change = std::move(change)](storage::Transaction& transaction) {
        return credential::Credentials::write(transaction, change);
    };
    return effect;
}

}  // namespace sallyport::action
