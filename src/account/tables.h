#pragma once

#include "seal/table.h"

namespace sallyport::account {

const seal::Table& accountsTable();
const seal::Table& authoritiesTable();
const seal::Table& addressesTable();
const seal::Table& installationTable();
const seal::Table& noticesTable();

}  // namespace sallyport::account
