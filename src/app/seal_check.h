#pragma once

#include "mint/mint.h"
#include "seal/table.h"
#include "storage/database.h"

namespace sallyport::app {

struct SealCount {
    std::int64_t rows = 0;
    std::int64_t bad = 0;
};

/// Asks the mint about every row of a sealed table, page by page, and writes nothing. Errors: those
/// of database and mint.
Result<SealCount> checkSeals(storage::Database& database,
                             mint::Mint& mint,
                             const seal::Table& table);

}  // namespace sallyport::app
