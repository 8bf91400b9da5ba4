#include "credential/own_keys.h"

#include "credential/tables.h"

#include <algorithm>

namespace sallyport::credential {

Json KeyDocument::json() const {
    return Json::Object{
        {"id", id.text()},
        {"label", label},
        {"aaguid", fido::textOf(aaguid)},
        {"attestation", fido::name(attestation)},
        {"backup_eligible", backup_eligible},
        {"created_at", rfc3339(created_at)},
        {"last_used_at", last_used.has_value() ? Json(rfc3339(*last_used)) : Json()},
        {"status", name(status)},
        {"fingerprint", fingerprint}};
}

Result<std::vector<KeyDocument>> OwnKeys::list(const session::Session& session,
                                               Deadline deadline) const {
    SALLYPORT_TRY(const auto authority,
                  parts_.directory.authorityOf(session.fields().account, deadline));
    SALLYPORT_TRY(const auto live, parts_.credentials.live(authority, deadline));
    using Rows = std::vector<seal::UnverifiedRow>;
    SALLYPORT_TRY(
        auto rows,
        parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<Rows> {
            Rows counters;
            for (const Credential& one : live) {
                SALLYPORT_TRY(auto row, readCounter(transaction, one.id));
                if (row.has_value()) counters.push_back(std::move(*row));
            }
            return counters;
        }));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    if (verified.size() != live.size()) {
        parts_.integrity(countersTable().name, copyBytes(authority.account.bytes));
        return fail(ErrorCode::kIntegrity, "a key without its counter");
    }
    std::vector<KeyDocument> keys;
    for (std::size_t i = 0; i < live.size(); ++i) {
        const Credential& one = live[i];
        SALLYPORT_TRY(const Counter counter, counterFrom(verified[i]));
        keys.push_back({one.id,
                        one.label,
                        one.aaguid,
                        one.attestation,
                        one.backup_eligible,
                        one.created_at,
                        counter.last_used,
                        one.status,
                        fingerprintOf(one.public_key)});
    }
    return keys;
}

Status OwnKeys::reportLost(const session::Session& session,
                           CredentialId id,
                           Deadline deadline) const {
    const AccountId account = session.fields().account;
    SALLYPORT_TRY(const auto authority, parts_.directory.authorityOf(account, deadline));
    SALLYPORT_TRY(const auto live, parts_.credentials.live(authority, deadline));
    const auto found = std::find_if(
        live.begin(), live.end(), [&id](const Credential& one) { return one.id == id; });
    if (found == live.end()) return fail(ErrorCode::kNotFound, "no live key of this account");
    if (found->status == CredentialStatus::kSuspended || found->status == CredentialStatus::kFrozen)
        return {};
    SALLYPORT_TRY(
        const auto change,
        parts_.credentials.prepareSuspension(authority, id, account, parts_.clock.now(), deadline));
    return parts_.database.write(deadline, [&change](storage::Transaction& transaction) {
        return Credentials::write(transaction, change);
    });
}

}  // namespace sallyport::credential
