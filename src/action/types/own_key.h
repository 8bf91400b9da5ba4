#pragma once

#include "action/built_in.h"

/// What the types about one's own key have in common.
namespace sallyport::action {

/// Adds the parameters `credential`, `label` and `fingerprint`: what a person knows his key by
/// stands beside its id.
void addKeyParameters(TypePolicy& policy);

/// Those of a live key of the account. Errors: kNotFound.
Result<Json> keyParameters(const BuiltInParts& parts,
                           const account::Authority& authority,
                           std::string_view credential,
                           Deadline deadline);

/// The key of an approved action with the account that it belongs to, as they are now.
struct OwnKey {
    account::Authority authority;
    CredentialId credential;
    std::size_t other_active = 0;  ///< active keys of the account besides it
};

/// Errors: kNotFound when it is no live key of the proposer's or not the one that was shown.
Result<OwnKey> ownKeyOf(const BuiltInParts& parts, const ActionRow& action, Deadline deadline);

}  // namespace sallyport::action
