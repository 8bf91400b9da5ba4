#include "app/lease.h"

namespace sallyport::app {
namespace {

constexpr std::string_view kTake =
    "INSERT INTO leases (name, owner, fence, expires_at) VALUES ($1, $2, 1, $3) "
    "ON CONFLICT (name) DO UPDATE SET "
    "fence = leases.fence + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END, "
    "owner = excluded.owner, expires_at = excluded.expires_at "
    "WHERE leases.owner = excluded.owner OR leases.expires_at <= $4";

constexpr std::string_view kRelease =
    "UPDATE leases SET expires_at = 0 WHERE name = $1 AND owner = $2";

}  // namespace

Result<bool> Lease::hold(storage::Database& database, Deadline deadline) const {
    const Time now = clock_.now();
    return database.write(deadline, [this, now](storage::Transaction& transaction) -> Result<bool> {
        SALLYPORT_TRY(const std::int64_t changed,
                      transaction.execute(kTake, {name_, owner_, now + length_, now}));
        return changed == 1;
    });
}

Status Lease::release(storage::Database& database, Deadline deadline) const {
    return database.write(deadline, [this](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY([[maybe_unused]] const std::int64_t changed,
                      transaction.execute(kRelease, {name_, owner_}));
        return {};
    });
}

}  // namespace sallyport::app
