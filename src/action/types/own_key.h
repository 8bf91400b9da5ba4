#pragma once

#include "action/built_in.h"

/// What the types about security keys have in common.
namespace sallyport::action {

/// A type about one key of one's own, proposed with `{"credential"}` and shown with what a person
/// knows his key by, its label and fingerprint: all but what it does.
Type ownKeyType(const BuiltInRules& rules,
                const BuiltInParts& parts,
                std::string_view type,
                std::string_view text_key);

/// The key of an approved action with the account that it belongs to, as they are now.
struct OwnKey {
    account::Authority authority;
    CredentialId credential;
    std::size_t other_active = 0;  ///< active keys of the account besides it
};

/// Errors: kNotFound when it is no live key of the proposer's or not the one that was shown.
Result<OwnKey> ownKeyOf(const BuiltInParts& parts, const ActionRow& action, Deadline deadline);

/// The effect that is this change of a key.
Effect keyEffect(credential::Credentials::PreparedChange change);

}  // namespace sallyport::action
