#pragma once

#include "mint/mint.h"
#include "storage/database.h"

namespace sallyport::link {

/// A row of the links table, typed but not yet believed.
struct LinkRow {
    LinkId id;
    mint::Generation generation = 0;
    mint::Check check{};
    mint::LinkFields fields;
    std::optional<Time> consumed;
    std::optional<Time> revoked;
    std::optional<LinkId> replaced_by;
    std::int64_t attempts = 0;  ///< wrong relay codes
    std::int64_t mails = 0;  ///< that were let through; a link that was never mailed opens nothing
    std::int64_t asks = 0;   ///< the first request and each "send again"
    Time asked_at;
    std::string tag;     ///< the two words
    Digest source{};     ///< who asked, under the day's salt
    bool known = false;  ///< asked by a known browser of the account
    Digest mailbox{};    ///< the mailbox's bucket for limits
    std::string language;
    std::string browser;
};

/// Errors: kIntegrity for a row that was not written by us.
Result<LinkRow> readLinkRow(const storage::Row& row);

/// Errors: those of the transaction.
Status insertLinkRow(storage::Transaction& transaction, const LinkRow& row);

Result<std::optional<LinkRow>> findLink(storage::Transaction& transaction, const LinkId& id);

/// The newest link of a browser.
Result<std::optional<LinkRow>> findLinkOfBrowser(storage::Transaction& transaction,
                                                 const Digest& binding);

}  // namespace sallyport::link
