#pragma once

#include "base/result.h"

#include <string>

namespace sallyport::app {

/// A small file that the configuration names, whole. Errors: kInvalidRequest, naming it, if it
/// cannot be read, is empty or is larger than 256 KiB.
Result<std::string> readTextFile(const std::string& path);

}  // namespace sallyport::app
