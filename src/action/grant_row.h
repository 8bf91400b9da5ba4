#pragma once

#include "action/grant.h"
#include "action/tables.h"

/// The row of a grant, for grant.cc and grant_redemption.cc.
namespace sallyport::action {

struct Grants::Row {
    GrantId id;
    ActionId action;
    std::string audience;  ///< a client's id
    Time issued;           ///< whole seconds, as the claims have them
    Time expires;
    std::optional<Time> redeemed;
    std::optional<Digest> idempotency;
    std::optional<seal::VerifiedRow> stored;  ///< absent before it is written

    /// Errors: kIntegrity.
    static Result<Row> from(seal::VerifiedRow verified);

    storage::Row columns() const;
};

}  // namespace sallyport::action
