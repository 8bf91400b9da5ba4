#pragma once

#include "seal/sealed_row.h"

#include <optional>

namespace sallyport::account {

/// The first row of a table as it is, not yet believed. `where` is what follows that word, with $1
/// and on in the order of `values`.
Result<std::optional<seal::UnverifiedRow>> readRow(storage::Transaction& transaction,
                                                   const seal::Table& table,
                                                   std::string_view where,
                                                   const std::vector<storage::Value>& values);

}  // namespace sallyport::account
