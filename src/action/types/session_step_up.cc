#include "action/built_in.h"

namespace sallyport::action {

Type stepUpType(const BuiltInRules& rules) {
    Type type;
    type.policy = ownPolicy(rules, "session.step-up", "action.session_step_up");
    type.mode = Mode::kRaise;
    return type;
}

}  // namespace sallyport::action
