#include "admin/types.h"

namespace sallyport::admin {

action::Type accountFreezeType(const action::BuiltInRules& rules, const Parts& parts) {
    return accountChangeType(operatorPolicy(rules, "admin.account.freeze", "action.account_freeze"),
                             parts,
                             &account::Directory::prepareFreeze);
}

}  // namespace sallyport::admin
