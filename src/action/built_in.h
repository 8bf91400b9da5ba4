#pragma once

#include "account/accounts.h"
#include "action/types.h"
#include "credential/credentials.h"

/// The types that every installation has (`protocols.md` 4, 5); those of `admin` are beside them.
namespace sallyport::action {

/// What differs between profiles.
struct BuiltInRules {
    std::string own_acr = "phr";    ///< for what a person does to his own account
    std::string admin_acr = "phr";  ///< for what operators do
    unsigned admin_approvers = 1;
};

/// The references outlive the types.
struct BuiltInParts {
    const account::Directory& directory;
    const credential::Credentials& credentials;
    const Clock& clock;
};

/// A policy of ours: texts from the catalogue under `text_key`, in every language that it has.
TypePolicy builtInPolicy(std::string_view type, std::string_view text_key);

/// Proposed and approved by one and the same person, for himself.
TypePolicy ownPolicy(const BuiltInRules& rules, std::string_view type, std::string_view text_key);

/// Proposed and approved by operators: k of them, the proposer being one.
TypePolicy operatorPolicy(const BuiltInRules& rules,
                          std::string_view type,
                          std::string_view text_key);

ParameterRule parameter(std::string name, ParameterRule::Kind kind, std::uint64_t max = 140);

/// `given` must be an object that has these members and no other. Errors: kInvalidRequest.
Result<std::string> onlyText(const Json& given, std::string_view member);

/// A new session in place of the one that asks, with what the touch proved.
Type stepUpType(const BuiltInRules& rules);

/// The right to enrol a further key; claimed by `POST /enrolments`.
Type credentialAddType(const BuiltInRules& rules);

/// Proposed with `{"credential"}`. Never the last active key.
Type credentialRemoveType(const BuiltInRules& rules, const BuiltInParts& parts);

/// Proposed with `{"credential"}`, approved by another key: the loss is final.
Type credentialReportLostType(const BuiltInRules& rules, const BuiltInParts& parts);

/// Proposed with `{"address","fingerprint"}` by an operator who had the fingerprint read out to
/// him.
Type credentialActivateType(const BuiltInRules& rules, const BuiltInParts& parts);

}  // namespace sallyport::action
