#pragma once

#include "base/clock.h"
#include "cli/terminal.h"

namespace sallyport::cli {

/// What the program finds around it; a test brings its own.
struct Surroundings {
    Terminal& terminal;
    const Clock& clock;
};

/// Reads the arguments, runs the command, says what went wrong on standard error. Answers the exit
/// code: 0 ok, 1 failed, 2 usage or configuration, 3 refused by policy, 4 unavailable.
int run(int count, const char* const* arguments, Surroundings surroundings);

}  // namespace sallyport::cli
