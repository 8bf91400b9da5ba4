#pragma once

#include "base/result.h"

namespace sallyport::storage {

/// The one table from SQLite's result codes to ours. `code` may be an extended code; `doing` and
/// `message` (sqlite3_errmsg, which names tables and columns but never a value) go into the detail.
Error sqliteError(int code, std::string_view doing, std::string_view message);

}  // namespace sallyport::storage
