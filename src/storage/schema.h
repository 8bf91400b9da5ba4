#pragma once

#include "storage/database.h"
#include "storage/migrations.h"

namespace sallyport::storage {

/// The statements of a migration, without comment lines and the closing `;`.
/// Errors: kInternal if the text ends inside a statement.
Result<std::vector<std::string>> statementsOf(std::string_view text);

/// The last step that was applied. Errors: kInternal where none ever was.
Result<std::int64_t> schemaVersion(Transaction& transaction);

/// Brings the schema to the last of `steps`, which count 1, 2, 3, …; versions applied are rows of
/// `schema_version`. Errors: kConflict if the database is newer than `steps`, kInternal for a wrong
/// list or statement.
Status applyMigrations(Transaction& transaction, std::span<const Migration> steps);

}  // namespace sallyport::storage
