#pragma once

#include "base/result.h"

namespace sallyport {

/// `protocols.md` 10.
enum class ExitCode { kOk = 0, kFailed = 1, kUsage = 2, kRefused = 3, kUnavailable = 4 };

/// Of an error that ends a command.
ExitCode exitCodeOf(const Error& error);

}  // namespace sallyport
