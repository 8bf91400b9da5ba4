#pragma once

namespace sallyport::app {

/// Reads the arguments, runs the command, says what went wrong on standard error. Answers the exit
/// code.
int runCommandLine(int count, char** arguments);

}  // namespace sallyport::app
