#include "hsm/key_ring.h"

#include "hsm/key_policy.h"
#include "hsm/pkcs11/mechanisms.h"
#include "hsm/public_key.h"

#include <algorithm>

namespace sallyport::hsm {
namespace {

using pkcs11::Attributes;
using pkcs11::Mechanism;
using pkcs11::ObjectHandle;
using pkcs11::Session;
using pkcs11::Template;

constexpr std::size_t kP256Point = 65;
constexpr std::size_t kEd25519Point = 32;
constexpr std::size_t kEcSignature = 64;

std::string prefixOf(std::string_view ring) {
    return "sallyport:" + std::string(ring) + ":";
}

Error refuse(std::string_view label, const std::string& why) {
    return fail(ErrorCode::kIntegrity, "key " + std::string(label) + ": " + why);
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
    return all;
}

/// A key object as it lies on the token. What cannot be read is a violation, so that an inventory
/// can show it.
struct FoundKey {
    RingKey key;
    std::optional<ObjectHandle> public_handle;
    std::vector<std::string> violations;
};

Bytes bytesOf(const Attributes& attributes, CK_ATTRIBUTE_TYPE type) {
    const Bytes* value = attributes.bytes(type);
    return value == nullptr ? Bytes() : *value;
}

Result<Bytes> spkiOf(KeyAlgorithm algorithm, const Attributes& public_key) {
    if (algorithm == KeyAlgorithm::kRs256) {
        return rsaSpki(bytesOf(public_key, CKA_MODULUS), bytesOf(public_key, CKA_PUBLIC_EXPONENT));
    }
    const bool edwards = algorithm == KeyAlgorithm::kEd25519;
    SALLYPORT_TRY(
        const Bytes point,
        unwrapPoint(bytesOf(public_key, CKA_EC_POINT), edwards ? kEd25519Point : kP256Point));
    return edwards ? ed25519Spki(point) : p256Spki(point);
}

Result<std::vector<ObjectHandle>> findObjects(Session& session,
                                              CK_OBJECT_CLASS object_class,
                                              CK_ATTRIBUTE_TYPE by,
                                              ByteView value) {
    Template wanted;
    wanted.number(CKA_CLASS, object_class).bytes(by, value);
    return session.find(wanted);
}

/// The public half: exactly one object with the label and the CKA_ID of the private one.
Status addPublicHalf(Session& session,
                     const Mechanism& mechanism,
                     std::string_view label,
                     FoundKey& found) {
    SALLYPORT_TRY(const auto handles,
                  findObjects(session, CKO_PUBLIC_KEY, CKA_LABEL, asBytes(label)));
    if (handles.size() != 1) {
        found.violations.push_back(std::to_string(handles.size()) +
                                   " public keys have its label and one must");
        return {};
    }
    SALLYPORT_TRY(const Attributes half, session.read(handles.front(), policyAttributes()));
    for (std::string& violation : publicViolations(mechanism, half)) {
        found.violations.push_back("public key: " + std::move(violation));
    }
    const Bytes id = bytesOf(half, CKA_ID);
    if (!std::equal(id.begin(),
                    id.end(),
                    found.key.identity.cka_id.begin(),
                    found.key.identity.cka_id.end())) {
        found.violations.emplace_back("public key: CKA_ID differs from the private key's");
    }
    auto spki = spkiOf(mechanism.algorithm, half);
    if (!spki.has_value()) {
        found.violations.push_back("public key: " + spki.error().detail);
        return {};
    }
    found.public_handle = handles.front();
    found.key.spki = std::move(*spki);
    found.key.signature_size = mechanism.algorithm == KeyAlgorithm::kRs256
                                   ? bytesOf(half, CKA_MODULUS).size()
                                   : kEcSignature;
    return {};
}

/// Everything about one secret or private key object. Fails only when the device does.
Result<std::optional<FoundKey>> inspect(Session& session,
                                        const KeyName& name,
                                        std::string_view label,
                                        ObjectHandle handle) {
    SALLYPORT_TRY(const Attributes attributes, session.read(handle, policyAttributes()));
    const auto algorithm = pkcs11::algorithmOf(attributes);
    if (!algorithm.has_value()) return std::optional<FoundKey>();
    const Mechanism& mechanism = pkcs11::mechanismOf(*algorithm);

    FoundKey found;
    found.key.identity.key = name;
    found.key.identity.algorithm = *algorithm;
    found.key.handle = handle;
    found.violations = keyViolations(mechanism, attributes);
    const Bytes id = bytesOf(attributes, CKA_ID);
    if (id.size() == found.key.identity.cka_id.size()) {
        std::copy(id.begin(), id.end(), found.key.identity.cka_id.begin());
    } else {
        found.violations.emplace_back("CKA_ID has not 16 bytes");
    }
    if (mechanism.isPair()) SALLYPORT_CHECK(addPublicHalf(session, mechanism, label, found));

    const bool unprovable = mechanism.isPair() && found.key.spki.empty();
    if (unprovable) return std::optional<FoundKey>(std::move(found));
    auto proof = fingerprint(session, found.key);
    session.acceptRefusal();
    if (session.failure().has_value()) return pkcs11::errorOf(*session.failure());
    if (proof.has_value()) {
        found.key.identity.fingerprint = *proof;
    } else {
        found.violations.push_back("its fingerprint cannot be made (" + proof.error().detail + ")");
    }
    return std::optional<FoundKey>(std::move(found));
}

/// An object in passing.
struct Seen {
    std::string label;
    std::optional<FoundKey> found;  ///< a secret or private key of the ring
    bool public_half = false;       ///< of a pair of the ring
};

Result<Seen> see(Session& session, std::string_view ring, ObjectHandle object) {
    constexpr CK_ATTRIBUTE_TYPE kNaming[] = {CKA_CLASS, CKA_LABEL};
    SALLYPORT_TRY(const Attributes naming, session.read(object, kNaming));
    Seen seen;
    seen.label = naming.text(CKA_LABEL);
    const auto name = keyFromLabel(ring, seen.label);
    if (!name.has_value()) return seen;
    const CK_OBJECT_CLASS object_class = naming.number(CKA_CLASS).value_or(CKO_DATA);
    seen.public_half = object_class == CKO_PUBLIC_KEY;
    const bool inspected = object_class == CKO_SECRET_KEY || object_class == CKO_PRIVATE_KEY;
    if (inspected) {
        SALLYPORT_TRY(seen.found, inspect(session, *name, seen.label, object));
    }
    return seen;
}

/// The one key with this name. Errors: kNotFound, kIntegrity (doubled, none of our algorithms), the
/// device's.
Result<FoundKey> locate(Session& session, std::string_view ring, const KeyName& name) {
    const std::string label = labelOf(ring, name);
    SALLYPORT_TRY(std::vector<ObjectHandle> handles,
                  findObjects(session, CKO_SECRET_KEY, CKA_LABEL, asBytes(label)));
    SALLYPORT_TRY(const auto private_keys,
                  findObjects(session, CKO_PRIVATE_KEY, CKA_LABEL, asBytes(label)));
    handles.insert(handles.end(), private_keys.begin(), private_keys.end());
    if (handles.empty())
        return fail(ErrorCode::kNotFound, "key " + label + ": is not on the token");
    if (handles.size() > 1) {
        return refuse(label,
                      std::to_string(handles.size()) +
                          " objects have this label and one must; find out who made the others, "
                          "then delete them by CKA_ID");
    }
    SALLYPORT_TRY(auto found, inspect(session, name, label, handles.front()));
    if (!found.has_value()) {
        return refuse(
            label, "the object is of no type that Sallyport makes; delete it and restore the key");
    }
    return std::move(*found);
}

}  // namespace

std::string labelOf(std::string_view ring, const KeyName& key) {
    return prefixOf(ring) + text(key);
}

std::optional<KeyName> keyFromLabel(std::string_view ring, std::string_view label) {
    const std::string prefix = prefixOf(ring);
    if (!label.starts_with(prefix)) return std::nullopt;
    const std::string_view rest = label.substr(prefix.size());
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto purpose = keyPurposeFromName(rest.substr(0, colon));
    if (!purpose.has_value()) return std::nullopt;
    std::uint64_t generation = 0;
    for (const char digit : rest.substr(colon + 1, 10)) {
        generation = generation * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    // Written again it must be the same: no sign, no leading zero, no overflow.
    const KeyName key{*purpose, static_cast<Generation>(generation)};
    if (key.generation == 0 || labelOf(ring, key) != label) return std::nullopt;
    return key;
}

Result<const RingKey*> KeyRing::use(const KeyUse& wanted) const {
    const auto gone = lost.find(wanted.key);
    if (gone != lost.end()) return fail(ErrorCode::kIntegrity, gone->second.why);
    const auto found = keys.find(wanted.key);
    if (found == keys.end())
        return fail(ErrorCode::kIntegrity, "key " + text(wanted.key) + " is not in the ring");
    if (!constantTimeEquals(found->second.identity.fingerprint, wanted.fingerprint)) {
        return fail(ErrorCode::kIntegrity,
                    "key " + text(wanted.key) + " has another fingerprint than its use names");
    }
    return &found->second;
}

Result<RingKey> findKey(Session& session, std::string_view ring, const KeyIdentity& expected) {
    const std::string label = labelOf(ring, expected.key);
    auto located = locate(session, ring, expected.key);
    if (!located.has_value()) {
        if (located.error().code != ErrorCode::kNotFound) return std::move(located).error();
        return refuse(
            label,
            "is not on the token; restore the token's backup, or name the right token and ring");
    }
    FoundKey& found = *located;
    const KeyIdentity& actual = found.key.identity;
    if (actual.algorithm != expected.algorithm || actual.cka_id != expected.cka_id) {
        return refuse(label,
                      "another object has taken its place (algorithm or CKA_ID differ); restore "
                      "the token's backup");
    }
    const CK_OBJECT_CLASS object_class = pkcs11::mechanismOf(actual.algorithm).object_class;
    SALLYPORT_TRY(const auto same_id, findObjects(session, object_class, CKA_ID, actual.cka_id));
    if (same_id.size() != 1) {
        return refuse(label,
                      std::to_string(same_id.size()) +
                          " objects have its CKA_ID and one must; delete the others");
    }
    if (!found.violations.empty()) {
        return refuse(label,
                      joined(found.violations) + "; make a new generation and destroy this one");
    }
    if (!constantTimeEquals(actual.fingerprint, expected.fingerprint)) {
        return refuse(label,
                      "its fingerprint changed: this is another key under the same name; restore "
                      "the token's backup");
    }
    return std::move(found.key);
}

Result<Inventory> takeInventory(Session& session, std::string_view ring) {
    Template everything;
    SALLYPORT_TRY(const std::vector<ObjectHandle> objects, session.find(everything));
    Inventory inventory;
    std::map<std::string, std::size_t> count;
    std::vector<std::string> public_labels;
    for (const ObjectHandle object : objects) {
        SALLYPORT_TRY(Seen seen, see(session, ring, object));
        if (seen.found.has_value()) {
            ++count[seen.label];
            inventory.keys.push_back({seen.found->key.identity, std::move(seen.found->violations)});
        } else if (seen.public_half) {
            public_labels.push_back(seen.label);
        } else {
            inventory.strangers.push_back(seen.label);
        }
    }
    for (InventoryEntry& entry : inventory.keys) {
        const std::size_t same = count[labelOf(ring, entry.identity.key)];
        if (same > 1) {
            entry.violations.push_back(std::to_string(same) +
                                       " objects have this label and one must");
        }
    }
    for (const std::string& label : public_labels) {
        if (count[label] == 0) inventory.strangers.push_back(label);
    }
    return inventory;
}

Result<RingKey> generateKey(Session& session,
                            std::string_view ring,
                            const KeyName& key,
                            KeyAlgorithm algorithm,
                            const FixedBytes<16>& cka_id) {
    const std::string label = labelOf(ring, key);
    Template same_label;
    same_label.text(CKA_LABEL, label);
    SALLYPORT_TRY(const auto present, session.find(same_label));
    if (!present.empty())
        return fail(ErrorCode::kConflict, "key " + label + " is already on the token");

    const Mechanism& mechanism = pkcs11::mechanismOf(algorithm);
    Template wanted = pkcs11::keyTemplate(mechanism, label, cka_id);
    std::vector<ObjectHandle> made;
    if (mechanism.isPair()) {
        Template public_half = pkcs11::publicTemplate(mechanism, label, cka_id);
        SALLYPORT_TRY(const Session::Pair pair,
                      session.generatePair(mechanism.generate, public_half, wanted));
        made = {pair.private_key, pair.public_key};
    } else {
        SALLYPORT_TRY(const ObjectHandle handle, session.generateKey(mechanism.generate, wanted));
        made = {handle};
    }

    auto found = locate(session, ring, key);
    Status good;
    if (!found.has_value()) {
        good = found.error();
    } else if (!found->violations.empty()) {
        good =
            refuse(label, "the token made it otherwise than asked: " + joined(found->violations));
    } else if (mechanism.isPair()) {
        // A mechanism list alone proves nothing: the pair must sign and verify once.
        const auto signature = sign(session, found->key, asBytes("sallyport/self-test/v1"));
        if (!signature.has_value()) good = signature.error();
    }
    if (good.has_value()) return std::move(found->key);
    // What cannot be destroyed now shows up in the inventory.
    for (const ObjectHandle handle : made) static_cast<void>(session.destroy(handle));
    return std::move(good).error();
}

Status destroyKey(Session& session, std::string_view ring, const KeyIdentity& identity) {
    SALLYPORT_TRY(const FoundKey found, locate(session, ring, identity.key));
    if (found.key.identity != identity) {
        return fail(
            ErrorCode::kNotFound,
            "key " + labelOf(ring, identity.key) + ": the object on the token is another one");
    }
    SALLYPORT_CHECK(session.destroy(found.key.handle));
    if (found.public_handle.has_value()) SALLYPORT_CHECK(session.destroy(*found.public_handle));
    return {};
}

}  // namespace sallyport::hsm
