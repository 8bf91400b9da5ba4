#pragma once

#include "action/policy.h"
#include "action/transcript.h"

#include <string>
#include <string_view>

namespace sallyport::action {

/// What an approver reads.
struct Rendered {
    std::string language;
    std::string text;
};

/// The text of an action from its typed parameters, in `language` where the policy has it, else in
/// English. Only `{name}` is replaced; text, ids and addresses stand in quotation marks that no
/// value can hold, amounts are grouped, an account number is shown in groups of four, what is
/// missing is a dash. Resource and subject are always shown: where the template does not, they
/// follow it. Errors: kIntegrity for parameters that the policy does not allow.
Result<Rendered> render(const TypePolicy& policy, const Action& action, std::string_view language);

/// The first language of an Accept-Language header (RFC 9110 12.5.4, in its order) that the policy
/// has; `en` if there is none.
std::string languageFor(const TypePolicy& policy, std::string_view accept_language);

}  // namespace sallyport::action
