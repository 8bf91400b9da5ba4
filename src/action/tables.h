#pragma once

#include "seal/table.h"

namespace sallyport::action {

const seal::Table& actionsTable();
const seal::Table& challengesTable();
const seal::Table& approvalsTable();
const seal::Table& evidenceTable();
const seal::Table& grantsTable();

}  // namespace sallyport::action
