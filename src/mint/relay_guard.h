#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "mint/mint.h"

#include <map>
#include <mutex>

namespace sallyport::mint {

/// Counts the wrong relay codes of each link in memory, because a counter in a row can be set back
/// by whoever edits the database. Thread-safe.
class RelayGuard {
  public:
    static constexpr std::size_t kMostWrong = 5;
    static constexpr std::size_t kMostLinks = 65'536;

    explicit RelayGuard(const Clock& clock, std::size_t most_links = kMostLinks)
        : clock_(clock), most_links_(most_links) {}

    /// Compares in constant time and counts in one step, so that parallel guesses cannot all pass
    /// the limit at once. `expires` is that of a link whose row was found good. When there is no
    /// room to count a wrong code, none is compared.
    Verdict compare(const TokenId& link, Time expires, const Secret& right, const Secret& typed);

  private:
    struct Entry {
        std::size_t wrong = 0;
        Time expires;
    };

    void purge(Time now);

    const Clock& clock_;
    const std::size_t most_links_;
    std::mutex mutex_;
    std::map<TokenId, Entry> entries_;
    std::multimap<Time, TokenId> by_expiry_;
};

}  // namespace sallyport::mint
