#pragma once

#include "cli/ceremony_options.h"
#include "cli/commands/commands.h"

namespace sallyport::cli {

/// Asks the person for a touch that makes a credential. RegistrationResponseJSON, or why there is
/// none.
Result<Json> touchToEnrol(const CreationOptions& options,
                          const commands::CommonOptions& common,
                          const Surroundings& around);

/// Asks the person for a touch that answers a challenge. AuthenticationResponseJSON.
Result<Json> touchToSign(const RequestOptions& options,
                         const commands::CommonOptions& common,
                         const Surroundings& around);

}  // namespace sallyport::cli
