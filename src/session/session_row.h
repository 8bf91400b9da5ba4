#pragma once

#include "mint/mint.h"
#include "storage/database.h"

namespace sallyport::session {

/// A row of the sessions table, typed but not yet believed.
struct SessionRow {
    SessionId id;
    mint::Generation generation;
    mint::Check check;
    mint::SessionFields fields;
    Time last_seen;
    bool ended;  ///< revoked or replaced
    std::string browser;
    bool refused = false;  ///< its use after its end has been told
};

/// Errors: kIntegrity for a row that was not written by us.
Result<SessionRow> readSessionRow(const storage::Row& row);

/// Errors: those of the transaction.
Status insertSessionRow(storage::Transaction& transaction, const SessionRow& row);

}  // namespace sallyport::session
