#pragma once

#include "seal/table.h"

#include <vector>

namespace sallyport::app {

/// The declarations of every table, for `doctor --seals` and the tamper test.
const std::vector<const seal::Table*>& allTables();

}  // namespace sallyport::app
