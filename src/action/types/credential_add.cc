#include "action/built_in.h"

namespace sallyport::action {

Type credentialAddType(const BuiltInRules& rules) {
    Type type;
    type.policy = ownPolicy(rules, "credential.add", "action.credential_add");
    type.mode = Mode::kClaim;
    return type;
}

}  // namespace sallyport::action
