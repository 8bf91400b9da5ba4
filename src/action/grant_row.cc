#include "action/grant_row.h"

namespace sallyport::action {

Result<Grants::Row> Grants::Row::from(seal::VerifiedRow verified) {
    const storage::Row& stored = verified.row();
    Row row;
    SALLYPORT_TRY(row.id, stored.id<GrantId>("id"));
    SALLYPORT_TRY(row.action, stored.id<ActionId>("action_id"));
    SALLYPORT_TRY(row.audience, stored.text("audience"));
    SALLYPORT_TRY(row.issued, stored.time("issued_at"));
    SALLYPORT_TRY(row.expires, stored.time("expires_at"));
    SALLYPORT_TRY(row.redeemed, stored.optionalTime("redeemed_at"));
    SALLYPORT_TRY(const auto idempotency, stored.value("idempotency_hash"));
    if (!idempotency.isNull()) {
        SALLYPORT_TRY(row.idempotency, stored.digest("idempotency_hash"));
    }
    row.stored = std::move(verified);
    return row;
}

storage::Row Grants::Row::columns() const {
    storage::Row row;
    row.set("id", id);
    row.set("action_id", action);
    row.set("audience", audience);
    row.set("issued_at", issued);
    row.set("expires_at", expires);
    row.set("redeemed_at", redeemed);
    row.set("idempotency_hash", idempotency);
    return row;
}

}  // namespace sallyport::action
