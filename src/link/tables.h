#pragma once

#include "seal/table.h"

namespace sallyport::link {

/// Links are bound by the MAC of their token.
const seal::Table& linksTable();

}  // namespace sallyport::link
