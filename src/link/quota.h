#pragma once

#include "limit/hits.h"
#include "link/link_row.h"

/// How many mails a request may cause, decided inside the transaction that writes it
/// (`defaults.md`).
namespace sallyport::link {

/// Live links of an account that unknown browsers may hold, and how many of them one source.
inline constexpr std::int64_t kLiveFromUnknown = 3;
inline constexpr std::int64_t kLiveFromOneSource = 2;

/// Everything that a request for a mail is counted under. Keys are of the present and the previous
/// day.
struct Counted {
    limit::Keys source;
    limit::Keys mailbox;
    std::optional<limit::Keys>
        known_browser;  ///< set: a known browser of this account, with a quota of its own
};

/// Random names of the rows that a request adds, drawn outside the body because a body may run
/// twice.
struct HitIds {
    limit::HitId request;
    limit::HitId mailbox;
    limit::HitId whole;

    static HitIds random(Random& random);
};

/// May one more mail go out for this link? If so it is counted. `again` is set for a link that is
/// live already.
Result<bool> admitMail(storage::Transaction& transaction,
                       const limit::Rules& rules,
                       const Counted& counted,
                       const LinkRow& link,
                       bool again,
                       const HitIds& ids,
                       Time now);

}  // namespace sallyport::link
