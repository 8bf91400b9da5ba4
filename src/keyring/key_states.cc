#include "keyring/key_states.h"

#include <algorithm>
#include <limits>

namespace sallyport::keyring {
namespace {

using hsm::KeyAlgorithm;
using hsm::KeyPurpose;

Error unreadable(std::string_view column) {
    return fail(ErrorCode::kIntegrity,
                "a key-state row whose " + std::string(column) + " says nothing");
}

Result<hsm::Generation> generation(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const std::int64_t number, row.integer(column));
    if (number < 1 || number > std::int64_t{std::numeric_limits<hsm::Generation>::max()})
        return unreadable(column);
    return static_cast<hsm::Generation>(number);
}

Result<mint::KeyRecord> recordFrom(const storage::Row& row) {
    SALLYPORT_TRY(const Bytes id, row.bytes("id"));
    FixedBytes<16> cka_id{};
    if (id.size() != cka_id.size()) return unreadable("id");
    std::copy(id.begin(), id.end(), cka_id.begin());
    SALLYPORT_TRY(const std::string purpose_name, row.text("purpose"));
    const auto purpose = hsm::keyPurposeFromName(purpose_name);
    if (!purpose.has_value()) return unreadable("purpose");
    SALLYPORT_TRY(const hsm::Generation number, generation(row, "generation"));
    SALLYPORT_TRY(const std::string algorithm_name, row.text("algorithm"));
    const auto algorithm = hsm::keyAlgorithmFromName(algorithm_name);
    if (!algorithm.has_value()) return unreadable("algorithm");
    SALLYPORT_TRY(const std::string state_name, row.text("state"));
    const auto state = mint::keyStateFromName(state_name);
    if (!state.has_value()) return unreadable("state");
    SALLYPORT_TRY(const Digest fingerprint, row.digest("fingerprint"));
    return mint::KeyRecord{{{*purpose, number}, *algorithm, cka_id, fingerprint}, *state};
}

Result<mint::KeyRow> keyRowFrom(const storage::Row& row) {
    SALLYPORT_TRY(const mint::KeyRecord record, recordFrom(row));
    SALLYPORT_TRY(const Time created, row.time("created_at"));
    SALLYPORT_TRY(const Time changed, row.time("changed_at"));
    SALLYPORT_TRY(const std::int64_t version, row.integer("version"));
    if (version < 1) return unreadable("version");
    SALLYPORT_TRY(const hsm::Generation seal_generation, generation(row, "seal_gen"));
    SALLYPORT_TRY(const Digest tag, row.digest("seal"));
    return mint::KeyRow{
        record, created, changed, static_cast<std::uint64_t>(version), {seal_generation, tag}};
}

storage::Row keyStateRow(const mint::KeyRecord& record, Time created, Time changed) {
    storage::Row row;
    row.set("id", record.identity.cka_id);
    row.set("purpose", hsm::name(record.identity.key.purpose));
    row.set("generation", std::int64_t{record.identity.key.generation});
    row.set("algorithm", hsm::name(record.identity.algorithm));
    row.set("state", mint::name(record.state));
    row.set("fingerprint", record.identity.fingerprint);
    row.set("created_at", created);
    row.set("changed_at", changed);
    return row;
}

}  // namespace

const seal::Table& keyStatesTable() {
    using seal::ColumnClass;
    static const seal::Table kTable{"key_states",
                                    seal::Binding::kSealed,
                                    {{"id", ColumnClass::kKey},
                                     {"purpose", ColumnClass::kBound},
                                     {"generation", ColumnClass::kBound},
                                     {"algorithm", ColumnClass::kBound},
                                     {"state", ColumnClass::kBound},
                                     {"fingerprint", ColumnClass::kBound},
                                     {"created_at", ColumnClass::kBound},
                                     {"changed_at", ColumnClass::kBound},
                                     {"version", ColumnClass::kSeal},
                                     {"seal_gen", ColumnClass::kSeal},
                                     {"seal", ColumnClass::kSeal}}};
    return kTable;
}

const std::vector<FirstKey>& firstKeys() {
    static const std::vector<FirstKey> kKeys = {
        {{KeyPurpose::kLinkMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kSessionMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kCodeMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kRefreshMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kTicketMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kRecoveryMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kSealMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kLookupMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kNonceMac, 1}, KeyAlgorithm::kHmacSha256},
        {{KeyPurpose::kTokenSign, 1}, KeyAlgorithm::kEs256},
        {{KeyPurpose::kTokenSign, 2}, KeyAlgorithm::kRs256},
        {{KeyPurpose::kLogSign, 1}, KeyAlgorithm::kEd25519},
        {{KeyPurpose::kDkimSign, 1}, KeyAlgorithm::kRs256},
        {{KeyPurpose::kPiiWrap, 1}, KeyAlgorithm::kAes256Gcm},
    };
    return kKeys;
}

std::vector<mint::KeyRecord> firstRecords(const std::vector<hsm::KeyIdentity>& keys) {
    std::vector<mint::KeyRecord> records;
    for (const hsm::KeyIdentity& key : keys) records.push_back({key, mint::KeyState::kActive});
    return records;
}

Result<std::vector<seal::SealedRow>> sealFirst(seal::Sealer& sealer,
                                               const std::vector<hsm::KeyIdentity>& keys,
                                               Time now,
                                               Deadline deadline) {
    std::vector<seal::Sealer::Next> rows;
    for (const mint::KeyRecord& record : firstRecords(keys))
        rows.push_back({&keyStatesTable(), nullptr, keyStateRow(record, now, now)});
    return sealer.sealAll(std::move(rows), deadline);
}

Status insertFirst(storage::Transaction& transaction, const std::vector<seal::SealedRow>& rows) {
    for (const seal::SealedRow& row : rows) SALLYPORT_CHECK(seal::Sealer::insert(transaction, row));
    return {};
}

Result<std::vector<mint::KeyRow>> load(storage::Database& database, Deadline deadline) {
    SALLYPORT_TRY(const auto rows, database.read(deadline, [](storage::Transaction& transaction) {
        return transaction.query(
            "SELECT id, purpose, generation, algorithm, state, fingerprint,"
            " created_at, changed_at, version, seal_gen, seal FROM key_states"
            " ORDER BY purpose, generation",
            {});
    }));
    std::vector<mint::KeyRow> keys;
    for (const storage::Row& row : rows) {
        SALLYPORT_TRY(const mint::KeyRow key, keyRowFrom(row));
        keys.push_back(key);
    }
    return keys;
}

}  // namespace sallyport::keyring
