#pragma once

#include "base/result.h"

#include <string>

namespace sallyport::cli {

/// Who else may be able to read a file that is read.
enum class Readers { kAnybody, kOwnerOnly };

/// The whole of a regular file. Errors: kInvalidRequest, naming the file and what is wrong, if it
/// is not there, not readable, no regular file, over `max_bytes`, or open to more readers.
Result<std::string> readFile(const std::string& path, std::size_t max_bytes, Readers readers);

}  // namespace sallyport::cli
