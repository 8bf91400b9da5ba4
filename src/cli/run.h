#pragma once

#include "base/clock.h"
#include "cli/terminal.h"

#include <optional>
#include <string>

namespace sallyport::fido {
class DeviceSource;
}

namespace sallyport::cli {

/// What the program finds around it. Where security keys come from is a parameter: a test brings
/// keys made of software, the program itself has only those that are plugged in.
struct Surroundings {
    Terminal& terminal;
    fido::DeviceSource& devices;
    const Clock& clock;
    std::optional<std::string> runtime_directory;  ///< $XDG_RUNTIME_DIR
};

/// Reads the arguments, runs the command, says what went wrong on standard error. Answers the exit
/// code: 0 ok, 1 failed, 2 usage or configuration, 3 refused by policy, 4 unavailable.
int run(int count, const char* const* arguments, const Surroundings& around);

}  // namespace sallyport::cli
