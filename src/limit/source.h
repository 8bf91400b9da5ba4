#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"
#include "storage/database.h"

#include <optional>
#include <string_view>

/// Whose hits are counted, without saying who: names under a random salt of the day
/// (`protocols.md` 8).
namespace sallyport::limit {

/// Days since 1970-01-01 UTC.
using Day = std::int64_t;

Day dayOf(Time time);

/// SHA-256(enc("sallyport/limit-source/v1", day salt, source text)).
using SourceKey = Digest;

/// A window reaches into two days at most. A day without a salt has no hits.
struct Salts {
    std::optional<FixedBytes<32>> today;
    std::optional<FixedBytes<32>> yesterday;
};

/// As they are, for a transaction that only reads.
Result<Salts> readSalts(storage::Transaction& transaction, Time now);

/// The same; today's is made from `fresh` (random, drawn outside the body, because a body may run
/// twice) if it is missing.
Result<Salts> ensureSalts(storage::Transaction& transaction, Time now, const FixedBytes<32>& fresh);

/// One bucket or source under the names of both days.
struct Keys {
    std::optional<Digest> today;
    std::optional<Digest> yesterday;
};

/// `source` is what the edge made of the peer: an IPv4 address, an IPv6 /64, or for a shared source
/// the binding.
Keys sourceKeys(const Salts& salts, std::string_view source);

/// A known browser, by the id in its cookie.
Keys browserKeys(const Salts& salts, ByteView id);

/// The bytes to ask the mint for (Lookup, use kLimit), for dayOf(now) and the day before in the
/// same batch. `address` is the normalized mailbox.
Secret mailboxLookupBytes(const Secret& address, Day day);

/// From the answers to both.
inline Keys mailboxKeys(const Digest& today, const Digest& yesterday) {
    return {today, yesterday};
}

/// The one bucket of a rule for the whole service.
Keys wholeService();

}  // namespace sallyport::limit
