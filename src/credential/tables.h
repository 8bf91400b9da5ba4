#pragma once

#include "seal/table.h"

namespace sallyport::credential {

const seal::Table& credentialsTable();
const seal::Table& countersTable();
const seal::Table& attestationsTable();
const seal::Table& ticketsTable();
const seal::Table& ceremoniesTable();

}  // namespace sallyport::credential
