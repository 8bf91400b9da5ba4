#include "mint/relay_guard.h"

namespace sallyport::mint {

Verdict RelayGuard::compare(const TokenId& link,
                            Time expires,
                            const Secret& right,
                            const Secret& typed) {
    const Time now = clock_.now();
    const std::lock_guard lock(mutex_);
    purge(now);
    // What is forgotten at its end must not be guessed at after it.
    if (expires <= now) return Verdict::kExhausted;
    auto entry = entries_.find(link);
    if (entry == entries_.end() && entries_.size() >= most_links_) return Verdict::kExhausted;
    if (entry != entries_.end() && entry->second.wrong >= kMostWrong) return Verdict::kExhausted;
    if (right == typed) return Verdict::kValid;
    if (entry == entries_.end()) {
        entry = entries_.emplace(link, Entry{0, expires}).first;
        by_expiry_.emplace(expires, link);
    }
    ++entry->second.wrong;
    return Verdict::kWrongToken;
}

void RelayGuard::purge(Time now) {
    while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
        entries_.erase(by_expiry_.begin()->second);
        by_expiry_.erase(by_expiry_.begin());
    }
}

}  // namespace sallyport::mint
