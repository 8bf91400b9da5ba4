#include "credential/credentials.h"

#include <algorithm>

/// The life of a key: every change of its status is its row, the authority record that names it and
/// an event, in one transaction.
namespace sallyport::credential {
namespace {

using account::NoticeKind;
using Statuses = std::vector<CredentialStatus>;

const Statuses& allLive() {
    static const Statuses statuses{CredentialStatus::kProvisional,
                                   CredentialStatus::kActive,
                                   CredentialStatus::kSuspended,
                                   CredentialStatus::kFrozen};
    return statuses;
}

}  // namespace

/// One change that the table of changes allows.
struct Credentials::Step {
    Statuses from;
    CredentialStatus to;
    std::string_view event;
    account::NoticeKind notice;
    bool next_epoch = false;     ///< every session of the account dies
    bool ends_sessions = false;  ///< those that this key opened
    std::optional<AccountId> actor = std::nullopt;
    Json::Object data = {};
    Time at = {};
};

Result<Credentials::PreparedChange> Credentials::prepare(const account::Authority& authority,
                                                         const std::vector<Credential>& live,
                                                         CredentialId id,
                                                         const Step& step,
                                                         Deadline deadline) const {
    const auto found = std::find_if(
        live.begin(), live.end(), [&id](const Credential& one) { return one.id == id; });
    if (found == live.end()) return fail(ErrorCode::kNotFound, "no live key of this account");
    if (std::find(step.from.begin(), step.from.end(), found->status) == step.from.end())
        return fail(ErrorCode::kConflict, "the status of the key does not allow this");

    std::vector<CredentialMark> marks;
    for (const Credential& one : live) {
        const CredentialStatus status = one.id == id ? step.to : one.status;
        if (isLive(status)) marks.push_back({one.id, sha256(one.public_key), status});
    }
    storage::Row next = found->row.row();
    next.set("status", name(step.to));
    storage::Row record = authority.row.row();
    record.set("credentials_digest", credentialsDigest(std::move(marks)));
    if (step.next_epoch) record.set("epoch", static_cast<std::int64_t>(authority.epoch + 1));

    std::vector<seal::Sealer::Next> rows;
    rows.push_back({&found->row.table(), &found->row, std::move(next)});
    rows.push_back({&authority.row.table(), &authority.row, std::move(record)});
    rows.push_back(parts_.notices.draft(step.notice, authority.account, found->label));
    SALLYPORT_TRY(auto sealed, parts_.sealer.sealAll(std::move(rows), deadline));
    SALLYPORT_TRY(auto notice, parts_.notices.prepare(std::move(sealed[2])));
    Json::Object data = step.data;
    data.emplace("credential", id.text());
    SALLYPORT_TRY(
        auto event,
        parts_.events.prepare(
            {std::string(step.event), "ok", step.actor, authority.account, std::move(data), {}}));
    return PreparedChange{found->row,
                          std::move(sealed[0]),
                          authority.row,
                          std::move(sealed[1]),
                          std::move(event),
                          std::move(notice),
                          step.ends_sessions ? std::optional<CredentialId>(id) : std::nullopt,
                          step.at};
}

Result<Credentials::PreparedChange> Credentials::prepare(const account::Authority& authority,
                                                         CredentialId id,
                                                         const Step& step,
                                                         Deadline deadline) const {
    SALLYPORT_TRY(const auto keys, live(authority, deadline));
    return prepare(authority, keys, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareActivation(
    const account::Authority& authority,
    CredentialId id,
    std::optional<AccountId> actor,
    Deadline deadline) const {
    Step step{{CredentialStatus::kProvisional},
              CredentialStatus::kActive,
              "credential.activated",
              NoticeKind::kKeyActivated};
    step.actor = actor;
    return prepare(authority, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareRemoval(const account::Authority& authority,
                                                                CredentialId id,
                                                                std::optional<AccountId> actor,
                                                                Deadline deadline) const {
    Step step{allLive(), CredentialStatus::kRemoved, "credential.removed", NoticeKind::kKeyRemoved};
    step.next_epoch = true;
    step.actor = actor;
    return prepare(authority, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareLoss(const account::Authority& authority,
                                                             CredentialId id,
                                                             std::optional<AccountId> actor,
                                                             Deadline deadline) const {
    Step step{allLive(), CredentialStatus::kLost, "credential.lost", NoticeKind::kKeyLost};
    step.next_epoch = true;
    step.actor = actor;
    return prepare(authority, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareSuspension(
    const account::Authority& authority,
    CredentialId id,
    std::optional<AccountId> actor,
    Time now,
    Deadline deadline) const {
    Step step{{CredentialStatus::kActive},
              CredentialStatus::kSuspended,
              "credential.suspended",
              NoticeKind::kKeySuspended};
    step.ends_sessions = true;
    step.actor = actor;
    step.at = now;
    return prepare(authority, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareFreeze(const account::Authority& authority,
                                                               CredentialId id,
                                                               std::string_view reason,
                                                               Deadline deadline) const {
    Step step{
        {CredentialStatus::kProvisional, CredentialStatus::kActive, CredentialStatus::kSuspended},
        CredentialStatus::kFrozen,
        "credential.frozen",
        reason == kCounterWentBack ? NoticeKind::kKeyCopied : NoticeKind::kKeyFailed};
    step.next_epoch = true;
    step.data.emplace("reason", reason);
    return prepare(authority, id, step, deadline);
}

Result<Credentials::PreparedChange> Credentials::prepareReinstatement(
    const account::Authority& authority,
    const std::vector<Credential>& live,
    CredentialId id,
    Deadline deadline) const {
    Step step{{CredentialStatus::kSuspended},
              CredentialStatus::kActive,
              "credential.reinstated",
              NoticeKind::kKeyReinstated};
    step.actor = authority.account;
    return prepare(authority, live, id, step, deadline);
}

Status Credentials::write(storage::Transaction& transaction, const PreparedChange& change) {
    SALLYPORT_CHECK(seal::Sealer::replace(transaction, change.credential, change.next_credential));
    SALLYPORT_CHECK(seal::Sealer::replace(transaction, change.authority, change.next_authority));
    if (change.ends_sessions.has_value()) {
        SALLYPORT_CHECK(transaction.execute(
            "UPDATE sessions SET revoked_at = $1 WHERE credential_id = $2 AND revoked_at IS NULL",
            {change.at, *change.ends_sessions}));
    }
    SALLYPORT_CHECK(account::Notices::write(transaction, change.notice));
    return audit::append(transaction, change.event);
}

}  // namespace sallyport::credential
