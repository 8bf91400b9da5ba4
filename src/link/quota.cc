#include "link/quota.h"

namespace sallyport::link {
namespace {

bool names(const limit::Keys& keys, const Digest& value) {
    return keys.today == value || keys.yesterday == value;
}

/// Live links that unknown browsers asked for, whether or not the mailbox has an account.
Result<bool> roomForOneMore(storage::Transaction& transaction,
                            const Counted& counted,
                            const LinkRow& link,
                            Time now) {
    SALLYPORT_TRY(
        const auto rows,
        transaction.query(
            "SELECT source FROM links WHERE (account_id = $1 OR mailbox = $2 OR mailbox = $3) "
            "AND known = 0 AND mails > 0 AND consumed_at IS NULL AND revoked_at IS NULL AND "
            "expires_at > $4",
            {link.fields.account, counted.mailbox.today, counted.mailbox.yesterday, now}));
    std::int64_t of_this_source = 0;
    for (const auto& row : rows) {
        SALLYPORT_TRY(const Digest source, row.digest("source"));
        if (names(counted.source, source)) ++of_this_source;
    }
    return static_cast<std::int64_t>(rows.size()) < kLiveFromUnknown &&
           of_this_source < kLiveFromOneSource;
}

Result<bool> within(storage::Transaction& transaction,
                    const limit::Rule& rule,
                    const limit::Keys& bucket,
                    const limit::Keys& source,
                    Time now) {
    SALLYPORT_TRY(const auto wait, limit::retryAfter(transaction, rule, bucket, source, now));
    return !wait.has_value();
}

}  // namespace

HitIds HitIds::random(Random& random) {
    return {
        limit::HitId::random(random), limit::HitId::random(random), limit::HitId::random(random)};
}

Result<bool> admitMail(storage::Transaction& transaction,
                       const limit::Rules& rules,
                       const Counted& counted,
                       const LinkRow& link,
                       bool again,
                       const HitIds& ids,
                       Time now) {
    const bool known = counted.known_browser.has_value();
    const limit::Rule& rule = known ? rules.known_browser : rules.mailbox;
    const limit::Keys& bucket = known ? *counted.known_browser : counted.mailbox;
    SALLYPORT_TRY(const bool quota, within(transaction, rule, bucket, counted.source, now));
    SALLYPORT_TRY(const bool budget,
                  within(transaction, rules.mail, limit::wholeService(), counted.source, now));
    SALLYPORT_TRY(const bool room, roomForOneMore(transaction, counted, link, now));
    if (!quota || !budget || (!room && !known && !again)) return false;
    SALLYPORT_CHECK(limit::addHit(transaction, ids.mailbox, rule, bucket, counted.source, now));
    SALLYPORT_CHECK(limit::addHit(
        transaction, ids.whole, rules.mail, limit::wholeService(), counted.source, now));
    return true;
}

}  // namespace sallyport::link
