#include "admin/types.h"

namespace sallyport::admin {

action::Type accountThawType(const action::BuiltInRules& rules, const Parts& parts) {
    return accountChangeType(operatorPolicy(rules, "admin.account.thaw", "action.account_thaw"),
                             parts,
                             &account::Directory::prepareThaw);
}

}  // namespace sallyport::admin
