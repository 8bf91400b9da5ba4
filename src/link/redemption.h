#pragma once

#include "link/link_row.h"
#include "session/proof.h"

namespace sallyport::link {

/// The one guarded UPDATE that spends a link, and the only maker of the proof that it was spent.
class Redemption {
  public:
    /// Errors: kGone when the link was spent, ended, expired or never mailed: then nothing changed.
    static Result<session::RedeemedLink> consume(storage::Transaction& transaction,
                                                 const LinkRow& link,
                                                 Time now);
};

}  // namespace sallyport::link
