#include "limit/rules.h"

namespace sallyport::limit {
namespace {

constexpr Duration kTenMinutes = std::chrono::minutes(10);
constexpr Duration kHour = std::chrono::hours(1);

/// A source that fills its own bucket may fill all of it.
Window whole(std::int64_t count, Duration length) {
    return {count, length, count};
}

/// One source spends at most two thirds, so that a stranger cannot use up a mailbox alone.
Window twoThirds(std::int64_t count, Duration length) {
    return {count, length, count * 2 / 3};
}

Rule mailRule(std::optional<std::int64_t> per_hour) {
    Rule rule{"mail", {}};
    if (per_hour.has_value()) rule.windows.push_back(whole(*per_hour, kHour));
    return rule;
}

std::optional<std::int64_t> withoutReserve(std::optional<std::int64_t> per_hour) {
    if (!per_hour.has_value()) return std::nullopt;
    return *per_hour - *per_hour / 4;
}

}  // namespace

Rules makeRules(const Config& config) {
    const std::int64_t times = config.multiplier;
    return {
        .issue = {"issue", {whole(20 * times, kTenMinutes)}},
        .redeem = {"redeem", {whole(40 * times, kTenMinutes)}},
        .mailbox = {"mailbox",
                    {twoThirds(3 * times, kTenMinutes),
                     twoThirds(5 * times, kHour),
                     twoThirds(15 * times, kLongestWindow)}},
        .known_browser = {"known-browser",
                          {whole(3 * times, kTenMinutes), whole(15 * times, kLongestWindow)}},
        .sign_in = {"sign-in", {whole(60 * times, kTenMinutes)}},
        .mail = mailRule(withoutReserve(config.mails_per_hour)),
        .recovery_mail = mailRule(config.mails_per_hour),
    };
}

}  // namespace sallyport::limit
