#include "mint/key_ring.h"

#include "mint/names.h"

#include <set>

namespace sallyport::mint {

namespace {

constexpr Names<KeyState, 5> kStates = {{{KeyState::kPreActive, "pre-active"},
                                         {KeyState::kActive, "active"},
                                         {KeyState::kVerifyOnly, "verify-only"},
                                         {KeyState::kRetired, "retired"},
                                         {KeyState::kDestroyed, "destroyed"}}};

bool serves(hsm::KeyAlgorithm algorithm, hsm::KeyPurpose purpose) {
    using hsm::KeyAlgorithm;
    switch (purpose) {
        case hsm::KeyPurpose::kTokenSign:
        case hsm::KeyPurpose::kLogSign:
        case hsm::KeyPurpose::kDkimSign:
            return algorithm != KeyAlgorithm::kHmacSha256 && algorithm != KeyAlgorithm::kAes256Gcm;
        case hsm::KeyPurpose::kPiiWrap:
            return algorithm == KeyAlgorithm::kAes256Gcm;
        case hsm::KeyPurpose::kLinkMac:
        case hsm::KeyPurpose::kSessionMac:
        case hsm::KeyPurpose::kCodeMac:
        case hsm::KeyPurpose::kRefreshMac:
        case hsm::KeyPurpose::kTicketMac:
        case hsm::KeyPurpose::kRecoveryMac:
        case hsm::KeyPurpose::kSealMac:
        case hsm::KeyPurpose::kLookupMac:
        case hsm::KeyPurpose::kNonceMac:
            return algorithm == KeyAlgorithm::kHmacSha256;
    }
    return false;
}

hsm::KeyUse useOf(const KeyRecord& record) {
    return {record.identity.key, record.identity.fingerprint};
}

}  // namespace

std::string_view name(KeyState state) {
    return nameIn(kStates, state);
}

std::optional<KeyState> keyStateFromName(std::string_view name) {
    return valueIn(kStates, name);
}

SealedContent sealedContent(const KeyRow& row) {
    const hsm::KeyIdentity& identity = row.record.identity;
    return {"key_states",
            copyBytes(identity.cka_id),
            row.version,
            {hsm::name(identity.key.purpose),
             std::int64_t{identity.key.generation},
             hsm::name(identity.algorithm),
             name(row.record.state),
             identity.fingerprint,
             row.created_at,
             row.changed_at}};
}

Result<KeyRing> KeyRing::build(const std::vector<KeyRecord>& records) {
    KeyRing ring;
    std::set<std::pair<hsm::KeyPurpose, hsm::KeyAlgorithm>> active;
    for (const KeyRecord& record : records) {
        const hsm::KeyName& key = record.identity.key;
        if (key.generation == 0 || !serves(record.identity.algorithm, key.purpose)) {
            return fail(ErrorCode::kIntegrity, "key " + text(key) + " cannot serve its purpose");
        }
        if (!ring.records_.emplace(key, record).second) {
            return fail(ErrorCode::kIntegrity, "key " + text(key) + " is there twice");
        }
        // token-sign has one active key of each algorithm that OpenID Connect names.
        if (record.state == KeyState::kActive &&
            !active.emplace(key.purpose, record.identity.algorithm).second) {
            return fail(ErrorCode::kIntegrity,
                        "two active keys of purpose " + std::string(hsm::name(key.purpose)));
        }
    }
    return ring;
}

Result<hsm::KeyUse> KeyRing::active(hsm::KeyPurpose purpose) const {
    for (const auto& [key, record] : records_) {
        if (key.purpose == purpose && record.state == KeyState::kActive) return useOf(record);
    }
    return fail(ErrorCode::kIntegrity,
                "the key ring has no active key of purpose " + std::string(hsm::name(purpose)));
}

Result<hsm::KeyUse> KeyRing::active(hsm::KeyPurpose purpose, hsm::KeyAlgorithm algorithm) const {
    for (const auto& [key, record] : records_) {
        if (key.purpose == purpose && record.identity.algorithm == algorithm &&
            record.state == KeyState::kActive)
            return useOf(record);
    }
    return fail(ErrorCode::kIntegrity,
                "the key ring has no active " + std::string(hsm::name(algorithm)) +
                    " key of purpose " + std::string(hsm::name(purpose)));
}

std::optional<hsm::KeyUse> KeyRing::checking(hsm::KeyPurpose purpose, Generation generation) const {
    const auto found = records_.find({purpose, generation});
    if (found == records_.end()) return std::nullopt;
    const KeyState state = found->second.state;
    if (state != KeyState::kActive && state != KeyState::kVerifyOnly) return std::nullopt;
    return useOf(found->second);
}

std::vector<hsm::KeyIdentity> KeyRing::present() const {
    std::vector<hsm::KeyIdentity> identities;
    for (const KeyRecord& record : presentRecords()) identities.push_back(record.identity);
    return identities;
}

std::vector<KeyRecord> KeyRing::presentRecords() const {
    std::vector<KeyRecord> present;
    for (const auto& [key, record] : records_) {
        if (record.state != KeyState::kDestroyed) present.push_back(record);
    }
    return present;
}

}  // namespace sallyport::mint
