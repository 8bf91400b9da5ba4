#pragma once

#include "seal/table.h"

namespace sallyport::limit {

/// State as a whole: an editor resets limits and gains nothing else.
const seal::Table& hitsTable();
const seal::Table& saltsTable();

}  // namespace sallyport::limit
