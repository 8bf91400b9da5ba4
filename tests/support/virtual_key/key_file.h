#pragma once

#include "tests/support/virtual_key/virtual_key.h"

namespace sallyport::test {

/// A virtual key outlives its program in a file: credentials with their private keys, PIN, counter.
/// Plain text; for tests and demonstrations only. Both throw std::runtime_error.
void loadKey(VirtualKey& key, const std::string& path);  ///< no file: a new key
void saveKey(VirtualKey& key, const std::string& path);

}  // namespace sallyport::test
