#include "credential/credentials.h"

#include "base/canonical.h"
#include "credential/credential_rows.h"
#include "credential/tables.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace sallyport::credential {
namespace {

constexpr std::array<std::pair<CredentialStatus, std::string_view>, 6> kStatusNames = {{
    {CredentialStatus::kProvisional, "provisional"},
    {CredentialStatus::kActive, "active"},
    {CredentialStatus::kSuspended, "suspended"},
    {CredentialStatus::kFrozen, "frozen"},
    {CredentialStatus::kLost, "lost"},
    {CredentialStatus::kRemoved, "removed"},
}};

// 80 bits: nobody finds another key with the same in a lifetime, and it can be read aloud.
constexpr std::size_t kFingerprintBytes = 10;

Error unreadable(std::string_view column) {
    return fail(ErrorCode::kIntegrity,
                "a credential whose " + std::string(column) + " says nothing");
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        found.emplace_back(text.substr(0, space));
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    return found;
}

/// By name, because what is sealed has no negative numbers.
std::optional<fido::Algorithm> algorithmFromName(std::string_view name) {
    for (const auto algorithm : {fido::Algorithm::kEs256,
                                 fido::Algorithm::kEdDsa,
                                 fido::Algorithm::kEs384,
                                 fido::Algorithm::kRs256}) {
        if (fido::name(algorithm) == name) return algorithm;
    }
    return std::nullopt;
}

Result<bool> flag(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const std::int64_t value, row.integer(column));
    if (value != 0 && value != 1) return unreadable(column);
    return value == 1;
}

Result<fido::Aaguid> aaguidOf(const storage::Row& row) {
    SALLYPORT_TRY(const Bytes bytes, row.bytes("aaguid"));
    fido::Aaguid aaguid{};
    if (bytes.size() != aaguid.size()) return unreadable("aaguid");
    std::copy(bytes.begin(), bytes.end(), aaguid.begin());
    return aaguid;
}

Result<std::optional<FixedBytes<16>>> authorizedBy(const storage::Row& row) {
    // A ticket and an action have ids of one form; which it was is in the event.
    SALLYPORT_TRY(const auto id, row.optionalId<TicketId>("authorized_by"));
    if (!id.has_value()) return std::optional<FixedBytes<16>>();
    return std::optional<FixedBytes<16>>(id->bytes);
}

std::int64_t number(bool value) {
    return value ? 1 : 0;
}

}  // namespace

std::string_view name(CredentialStatus status) {
    for (const auto& [known, text] : kStatusNames) {
        if (known == status) return text;
    }
    return {};
}

std::optional<CredentialStatus> credentialStatusFromName(std::string_view name) {
    for (const auto& [known, text] : kStatusNames) {
        if (text == name) return known;
    }
    return std::nullopt;
}

bool isLive(CredentialStatus status) {
    return status != CredentialStatus::kLost && status != CredentialStatus::kRemoved;
}

Result<Credential> credentialFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &credentialsTable())
        return fail(ErrorCode::kInternal, "not a row of the credentials table");
    const storage::Row& values = row.row();
    SALLYPORT_TRY(const auto id, values.id<CredentialId>("id"));
    SALLYPORT_TRY(const auto account, values.id<AccountId>("account_id"));
    SALLYPORT_TRY(Bytes webauthn_id, values.bytes("webauthn_id"));
    SALLYPORT_TRY(Bytes public_key, values.bytes("public_key"));
    SALLYPORT_TRY(const std::string algorithm_name, values.text("algorithm"));
    const auto algorithm = algorithmFromName(algorithm_name);
    if (!algorithm.has_value()) return unreadable("algorithm");
    SALLYPORT_TRY(const auto aaguid, aaguidOf(values));
    SALLYPORT_TRY(const std::string attestation_name, values.text("attestation"));
    const auto attestation = fido::attestationFromName(attestation_name);
    if (!attestation.has_value()) return unreadable("attestation");
    SALLYPORT_TRY(const bool backup_eligible, flag(values, "backup_eligible"));
    SALLYPORT_TRY(const std::string transports, values.text("transports"));
    SALLYPORT_TRY(std::string label, values.text("label"));
    SALLYPORT_TRY(const std::string status_name, values.text("status"));
    const auto status = credentialStatusFromName(status_name);
    if (!status.has_value()) return unreadable("status");
    SALLYPORT_TRY(const std::string channel_name, values.text("channel"));
    const auto channel = channelFromName(channel_name);
    if (!channel.has_value()) return unreadable("channel");
    SALLYPORT_TRY(const auto authorized_by, authorizedBy(values));
    SALLYPORT_TRY(const Time created_at, values.time("created_at"));
    return Credential{id,
                      account,
                      std::move(webauthn_id),
                      std::move(public_key),
                      *algorithm,
                      aaguid,
                      *attestation,
                      backup_eligible,
                      words(transports),
                      std::move(label),
                      *status,
                      *channel,
                      authorized_by,
                      created_at,
                      row};
}

std::string fingerprintOf(ByteView public_key) {
    const Digest digest = sha256(public_key);
    const std::string hex = toHex(ByteView(digest).first(kFingerprintBytes));
    std::string text;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        if (i != 0 && i % 4 == 0) text += '-';
        text += hex[i];
    }
    return text;
}

Result<Counter> counterFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &countersTable())
        return fail(ErrorCode::kInternal, "not a row of the counters table");
    const storage::Row& values = row.row();
    SALLYPORT_TRY(const auto credential, values.id<CredentialId>("credential_id"));
    SALLYPORT_TRY(const std::int64_t sign_count, values.integer("sign_count"));
    if (sign_count < 0 || sign_count > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
        return unreadable("sign_count");
    SALLYPORT_TRY(const bool backed_up, flag(values, "backed_up"));
    SALLYPORT_TRY(const auto last_used, values.optionalTime("last_used_at"));
    return Counter{credential, static_cast<std::uint32_t>(sign_count), backed_up, last_used, row};
}

Digest credentialsDigest(std::vector<CredentialMark> live) {
    std::sort(live.begin(), live.end());
    Canonical canonical("sallyport/credentials-digest/v1");
    for (const CredentialMark& mark : live)
        canonical.add(mark.id.bytes).add(mark.public_key).add(name(mark.status));
    return sha256(canonical.finish());
}

std::vector<CredentialMark> marksOf(const std::vector<Credential>& live) {
    std::vector<CredentialMark> marks;
    for (const Credential& credential : live)
        marks.push_back({credential.id, sha256(credential.public_key), credential.status});
    return marks;
}

std::string transportsText(const std::vector<std::string>& transports) {
    std::string text;
    for (const std::string& word : transports) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

storage::Row credentialRow(const NewCredential& made) {
    const fido::VerifiedRegistration& registration = made.registration;
    storage::Row row;
    row.set("id", made.id);
    row.set("account_id", made.account);
    row.set("webauthn_id", registration.credentialId());
    row.set("public_key", registration.publicKey());
    row.set("algorithm", fido::name(registration.algorithm()));
    row.set("aaguid", registration.aaguid());
    row.set("attestation", fido::name(registration.attestation()));
    row.set("backup_eligible", number(registration.backupEligible()));
    row.set("transports", transportsText(registration.transports()));
    row.set("label", made.label);
    row.set("status", name(made.status));
    row.set("channel", sallyport::name(made.channel));
    row.set("authorized_by", made.authorized_by);
    row.set("created_at", made.now);
    return row;
}

storage::Row counterRow(const CredentialId& credential,
                        std::uint32_t sign_count,
                        bool backed_up,
                        std::optional<Time> last_used) {
    storage::Row row;
    row.set("credential_id", credential);
    row.set("sign_count", std::int64_t{sign_count});
    row.set("backed_up", number(backed_up));
    row.set("last_used_at", last_used);
    return row;
}

storage::Row attestationRow(const CredentialId& credential,
                            const fido::RegistrationResponse& response) {
    storage::Row row;
    row.set("credential_id", credential);
    row.set("attestation_object", response.attestation_object);
    row.set("client_data_json", response.client_data_json);
    return row;
}

Result<std::vector<seal::UnverifiedRow>> readRows(storage::Transaction& transaction,
                                                  const seal::Table& table,
                                                  std::string_view where,
                                                  const std::vector<storage::Value>& values) {
    SALLYPORT_TRY(
        auto rows,
        transaction.query(
            "SELECT * FROM " + std::string(table.name) + " WHERE " + std::string(where), values));
    std::vector<seal::UnverifiedRow> unverified;
    for (storage::Row& row : rows) unverified.push_back({&table, std::move(row)});
    return unverified;
}

Result<KeyRows> readKeys(storage::Transaction& transaction, const AccountId& account) {
    KeyRows rows;
    SALLYPORT_TRY(rows.authority, account::readAuthority(transaction, account));
    // A row whose status an editor made final is missing from the record then, and denies.
    SALLYPORT_TRY(rows.live,
                  readRows(transaction,
                           credentialsTable(),
                           "account_id = $1 AND status NOT IN ('lost', 'removed') ORDER BY "
                           "created_at, id",
                           {account}));
    return rows;
}

Result<std::optional<seal::UnverifiedRow>> readCounter(storage::Transaction& transaction,
                                                       const CredentialId& credential) {
    SALLYPORT_TRY(auto rows,
                  readRows(transaction, countersTable(), "credential_id = $1", {credential}));
    if (rows.empty()) return std::optional<seal::UnverifiedRow>();
    return std::optional<seal::UnverifiedRow>(std::move(rows.front()));
}

Error Credentials::denied(const AccountId& account) const {
    parts_.integrity(credentialsTable().name, copyBytes(account.bytes));
    return fail(ErrorCode::kIntegrity,
                "the live credentials are not those that the authority record names");
}

Status Credentials::isCurrent(const account::Authority& authority, const KeyRows& rows) const {
    if (!rows.authority.has_value()) return denied(authority.account);
    SALLYPORT_TRY(const std::int64_t version, rows.authority->row.integer("version"));
    if (static_cast<std::uint64_t>(version) == authority.row.version()) return {};
    return fail(ErrorCode::kConflict, "the account changed meanwhile");
}

Result<std::vector<Credential>> Credentials::believe(
    const account::Authority& authority,
    const KeyRows& rows,
    const std::vector<seal::VerifiedRow>& verified) const {
    SALLYPORT_CHECK(isCurrent(authority, rows));
    std::vector<Credential> live;
    for (const seal::VerifiedRow& row : verified) {
        SALLYPORT_TRY(auto credential, credentialFrom(row));
        live.push_back(std::move(credential));
    }
    // An older row, one too few or one too many has right seals too; only the record says who is
    // live.
    if (credentialsDigest(marksOf(live)) != authority.credentials_digest)
        return denied(authority.account);
    return live;
}

Result<std::vector<Credential>> Credentials::live(const account::Authority& authority,
                                                  Deadline deadline) const {
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readKeys(transaction, authority.account);
    }));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(rows.live, deadline));
    return believe(authority, rows, verified);
}

}  // namespace sallyport::credential
