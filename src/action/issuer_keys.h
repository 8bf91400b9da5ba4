#pragma once

#include "mint/mint.h"
#include "token/public_key.h"

#include <vector>

namespace sallyport::action {

/// The public keys that tokens of this installation are verified with, each with the `kid` that the
/// mint writes; pre-active and retired ones too. Errors: those of the mint; kInternal for a key
/// that no token can be verified with.
Result<std::vector<token::PublicKey>> issuerKeys(mint::Mint& mint, Deadline deadline);

}  // namespace sallyport::action
