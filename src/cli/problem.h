#pragma once

#include "base/json.h"
#include "base/result.h"

#include <optional>

namespace sallyport::cli {

/// What a refusal of the server means for the person: what to do, the server's code, its trace for
/// whoever reads the log. `document` is the body of the answer, null if that was no JSON.
Error errorOf(int status, const Json& document, std::optional<int> retry_after);

}  // namespace sallyport::cli
