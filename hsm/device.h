#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "hsm/key_purpose.h"

#include <vector>

namespace sallyport::hsm {

/// A key and the fingerprint that the caller knows it by.
struct KeyUse {
    KeyName key;
    Fingerprint fingerprint;
};

/// Input is 1 to 64 KiB.
struct MacRequest {
    KeyUse use;
    Bytes input;
};

struct Sealed {
    FixedBytes<12> iv;
    Bytes ciphertext;  ///< with the 16-byte tag at its end
};

struct PublicKey {
    KeyName key;
    KeyAlgorithm algorithm;
    Bytes spki;  ///< DER SubjectPublicKeyInfo
};

/// One object of ours on the token as it is, for inventory and policy.
struct InventoryEntry {
    KeyIdentity identity;
    std::vector<std::string> violations;  ///< attribute policy; empty when right
};

struct Inventory {
    std::string token_label;
    std::string token_serial;
    std::string token_model;  ///< as the vendor names it
    std::vector<InventoryEntry> keys;
    std::vector<std::string> strangers;  ///< labels of objects that are not of this ring
};

struct Health {
    enum class State { kServing, kRecovering, kPinRejected, kGone };
    State state;
    std::string reason;   ///< for `/readyz`; no secrets
    std::uint64_t epoch;  ///< grows whenever handles were thrown away and proved again
};

/// THE PORT to a hardware security module. Thread-safe. No call outlives its deadline by more than
/// scheduling. Errors of every call: kUnavailable (busy, hung, gone, deadline: safe to try again),
/// kIntegrity (the key is missing, doubled, weak, or its fingerprint changed), kInvalidRequest
/// (caller's sizes), kInternal.
class Device {
  public:
    virtual ~Device() = default;

    /// From now on these keys may be used, and those that generate() makes. Each is looked for by
    /// label and CKA_ID, held against the attribute policy and proved by its fingerprint; all or
    /// nothing. Errors: kIntegrity with a text that names every key that is missing, doubled, weak
    /// or changed, and what to do.
    virtual Status loadRing(const std::vector<KeyIdentity>& expected, Deadline deadline) = 0;

    /// HMAC-SHA-256 of each input, in order; all or nothing.
    virtual Result<std::vector<Digest>> macs(const std::vector<MacRequest>& requests,
                                             Deadline deadline) = 0;

    /// Signs a message (not a digest). ES256: 64 bytes r‖s, low s; RS256: PKCS#1 v1.5; Ed25519: 64
    /// bytes. Verified against the public key before it is released.
    virtual Result<Bytes> sign(const KeyUse& use, ByteView message, Deadline deadline) = 0;

    /// AES-256-GCM with a fresh random IV; plaintext and `aad` at most 4 KiB each.
    virtual Result<Sealed> encrypt(const KeyUse& use,
                                   ByteView aad,
                                   ByteView plaintext,
                                   Deadline deadline) = 0;
    /// kInvalidRequest also when the ciphertext is not one of this key and `aad`.
    virtual Result<Bytes> decrypt(const KeyUse& use,
                                  ByteView aad,
                                  const Sealed& sealed,
                                  Deadline deadline) = 0;

    /// Of the key pairs in the ring.
    virtual Result<std::vector<PublicKey>> publicKeys(Deadline deadline) = 0;

    /// The device's own generator; at most 1024 bytes.
    virtual Result<Bytes> random(std::size_t size, Deadline deadline) = 0;

    /// Every object on the token, read afresh.
    virtual Result<Inventory> inventory(Deadline deadline) = 0;

    /// Makes a key with the whole attribute template, reads it back, destroys it on any mismatch,
    /// and puts it into the ring. kConflict if the name exists. After kUnavailable the key may
    /// exist: see inventory().
    virtual Result<KeyIdentity> generate(const KeyName& key,
                                         KeyAlgorithm algorithm,
                                         Deadline deadline) = 0;

    /// Also takes it out of the ring. kNotFound unless exactly this object is there.
    virtual Status destroy(const KeyIdentity& identity, Deadline deadline) = 0;

    virtual Health health() const = 0;
};

}  // namespace sallyport::hsm
