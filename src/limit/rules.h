#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>
#include <vector>

/// Rate limits: what is counted, and how much of it is allowed (`defaults.md`).
namespace sallyport::limit {

/// At most `count` hits in any stretch of `length`; `per_source` of them from one source.
struct Window {
    std::int64_t count;
    Duration length;
    std::int64_t per_source;

    friend bool operator==(const Window&, const Window&) = default;
};

/// Hits of one rule are counted in buckets: a source, a mailbox, a browser, or the whole service.
struct Rule {
    std::string_view name;  ///< as in `limit_hits.rule`
    std::vector<Window> windows;
};

/// No window is longer; hits that are older never count again.
inline constexpr Duration kLongestWindow = std::chrono::hours(24);

struct Config {
    /// Profile `dev`: 1000; else 1.
    std::int64_t multiplier = 1;
    /// Mails per hour of the whole service; absent: no budget.
    std::optional<std::int64_t> mails_per_hour;
};

/// Built once at start, then only read.
struct Rules {
    Rule issue;          ///< link requests of one source
    Rule redeem;         ///< redeem, relay, disown and refused inspections of one source
    Rule mailbox;        ///< mails to one mailbox; one source spends at most two thirds
    Rule known_browser;  ///< mails asked for by one known browser of an account
    Rule sign_in;        ///< sign-in options for one source
    /// Both count the same hits (name `mail`, bucket wholeService()); without a budget they have no
    /// windows. A quarter is kept for recovery.
    Rule mail;
    Rule recovery_mail;
};

Rules makeRules(const Config& config);

}  // namespace sallyport::limit
