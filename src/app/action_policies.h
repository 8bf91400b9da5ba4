#pragma once

#include "action/policy.h"
#include "app/config.h"

#include <vector>

namespace sallyport::app {

/// `[[actions]]` as the action room takes them; which digest a policy has depends on what it says
/// and not on how it is written. Errors: kInvalidRequest with the place of a type that is there
/// twice, is built in (`session.`, `credential.`, `admin.`), names a client that is not configured,
/// or that action::checkPolicy() refuses.
Result<std::vector<action::TypePolicy>> actionPolicies(const Config& config);

}  // namespace sallyport::app
