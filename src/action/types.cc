#include "action/types.h"

namespace sallyport::action {
namespace {

/// Whether name, mode and execution of a type go together.
Status checkMode(const Type& type) {
    const TypePolicy& policy = type.policy;
    const auto refused = [&policy](std::string_view what) {
        return fail(ErrorCode::kInvalidRequest,
                    "action type " + policy.type + ": " + std::string(what));
    };
    const bool executes = type.mode == Mode::kDirect || type.mode == Mode::kAnswer;
    const bool answers = type.mode == Mode::kAnswer || type.mode == Mode::kRaise;
    if (isBuiltIn(policy.type) != (type.mode != Mode::kGrant))
        return refused("names that begin with session., credential. or admin. are built in");
    if (isBuiltIn(policy.type) && !policy.clients.empty())
        return refused("a built-in type is never proposed by clients");
    if (answers && policy.delay > Duration::zero())
        return refused("what is answered at once has no delay");
    if (type.mode == Mode::kRaise && !policy.proposer_only)
        return refused("a session is raised by its own person only");
    if (executes != static_cast<bool>(type.prepare)) return refused("nothing executes it");
    return {};
}

}  // namespace

bool isBuiltIn(std::string_view type) {
    return type.starts_with("session.") || type.starts_with("credential.") ||
           type.starts_with("admin.");
}

Result<Types> Types::make(std::vector<Type> types) {
    Types made;
    for (Type& type : types) {
        SALLYPORT_CHECK(checkPolicy(type.policy));
        SALLYPORT_CHECK(checkMode(type));
        const std::string name = type.policy.type;
        if (!made.types_.emplace(name, std::move(type)).second)
            return fail(ErrorCode::kInvalidRequest, "action type " + name + " twice");
    }
    return made;
}

const Type* Types::find(std::string_view name) const {
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : &found->second;
}

}  // namespace sallyport::action
