#pragma once

#include "hsm/key_use.h"
#include "hsm/pkcs11/session.h"

#include <map>
#include <string>
#include <vector>

/// Our keys on a token: how they are called, found, held against the policy, proved and made.
namespace sallyport::hsm {

/// `sallyport:<ring>:<purpose>:<generation>`.
std::string labelOf(std::string_view ring, const KeyName& key);

/// Absent unless exactly such a label of this ring.
std::optional<KeyName> keyFromLabel(std::string_view ring, std::string_view label);

/// A key that could not be proved again, and what to tell whoever uses it.
struct LostKey {
    KeyIdentity identity;
    std::string why;
};

/// Handles of one epoch. Immutable once published: a new epoch makes a new one.
struct KeyRing {
    std::uint64_t epoch = 0;
    std::map<KeyName, RingKey> keys;
    std::map<KeyName, LostKey> lost;

    /// kIntegrity unless the key is in the ring with this fingerprint. Lives as long as the ring.
    Result<const RingKey*> use(const KeyUse& wanted) const;
};

/// Finds one expected key: exactly one object of its label, the same one by CKA_ID, without a
/// violation of the attribute policy, with the expected fingerprint. Errors: kIntegrity with what
/// to do, or the device's.
Result<RingKey> findKey(pkcs11::Session& session,
                        std::string_view ring,
                        const KeyIdentity& expected);

/// Every object of the token, in no order. Fingerprints are made afresh.
Result<Inventory> takeInventory(pkcs11::Session& session, std::string_view ring);

/// Makes, reads back, proves; destroys what it made on any mismatch. Needs a read/write session.
/// Errors: kConflict if an object with this label exists.
Result<RingKey> generateKey(pkcs11::Session& session,
                            std::string_view ring,
                            const KeyName& key,
                            KeyAlgorithm algorithm,
                            const FixedBytes<16>& cka_id);

/// Errors: kNotFound unless exactly this object is there.
Status destroyKey(pkcs11::Session& session, std::string_view ring, const KeyIdentity& identity);

}  // namespace sallyport::hsm
