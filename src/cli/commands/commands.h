#pragma once

#include "base/exit_code.h"
#include "cli/run.h"

#include <string>

/// One function per command of `sallyport`. Each answers the exit code, or the error that ended it.
namespace sallyport::cli::commands {

struct CheckOptions {
    std::string file;  ///< `-` is standard input
};

/// `sallyport webauthn check`: kRefused for a response that the verifiers refuse.
Result<ExitCode> checkWebAuthn(const CheckOptions& options, Surroundings around);

}  // namespace sallyport::cli::commands
