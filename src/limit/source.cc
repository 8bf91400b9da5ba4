#include "limit/source.h"

#include "base/canonical.h"

namespace sallyport::limit {
namespace {

using Salt = FixedBytes<32>;

std::optional<Digest> named(std::string_view domain,
                            const std::optional<Salt>& salt,
                            ByteView subject) {
    if (!salt.has_value()) return std::nullopt;
    return sha256(Canonical(domain).add(*salt).add(subject).finish());
}

Keys namedOnBothDays(std::string_view domain, const Salts& salts, ByteView subject) {
    return {named(domain, salts.today, subject), named(domain, salts.yesterday, subject)};
}

Result<std::optional<Salt>> readSalt(storage::Transaction& transaction, Day day) {
    SALLYPORT_TRY(const auto row,
                  transaction.first("SELECT salt FROM limit_salts WHERE day = $1", {day}));
    if (!row.has_value()) return std::optional<Salt>();
    SALLYPORT_TRY(const Salt salt, row->digest("salt"));
    return std::optional<Salt>(salt);
}

}  // namespace

Day dayOf(Time time) {
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Result<Salts> readSalts(storage::Transaction& transaction, Time now) {
    const Day today = dayOf(now);
    SALLYPORT_TRY(const auto current, readSalt(transaction, today));
    SALLYPORT_TRY(const auto previous, readSalt(transaction, today - 1));
    return Salts{current, previous};
}

Result<Salts> ensureSalts(storage::Transaction& transaction, Time now, const Salt& fresh) {
    SALLYPORT_TRY(Salts salts, readSalts(transaction, now));
    if (salts.today.has_value()) return salts;
    // Another writer may be faster; then his is the salt of the day.
    SALLYPORT_CHECK(
        transaction.execute("INSERT INTO limit_salts (day, salt) VALUES ($1, $2)"
                            " ON CONFLICT (day) DO NOTHING",
                            {dayOf(now), fresh}));
    return readSalts(transaction, now);
}

Keys sourceKeys(const Salts& salts, std::string_view source) {
    return namedOnBothDays("sallyport/limit-source/v1", salts, asBytes(source));
}

Keys browserKeys(const Salts& salts, ByteView id) {
    return namedOnBothDays("sallyport/limit-browser/v1", salts, id);
}

Secret mailboxLookupBytes(const Secret& address, Day day) {
    return Secret(Canonical("sallyport/limit-mailbox/v1")
                      .add(address.expose())
                      .add(static_cast<std::uint64_t>(day))
                      .finish());
}

Keys wholeService() {
    return {Digest{}, Digest{}};
}

}  // namespace sallyport::limit
