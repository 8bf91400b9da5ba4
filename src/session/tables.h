#pragma once

#include "seal/table.h"

namespace sallyport::session {

/// Sessions are bound by the MAC of their cookie.
const seal::Table& sessionsTable();

}  // namespace sallyport::session
