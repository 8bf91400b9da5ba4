#pragma once

#include "seal/table.h"

namespace sallyport::oauth {

const seal::Table& replaysTable();

}  // namespace sallyport::oauth
