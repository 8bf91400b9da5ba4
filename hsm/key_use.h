#pragma once

#include "hsm/device.h"
#include "hsm/pkcs11/session.h"

/// What is done with a key that was found: every use of a handle is in this file.
namespace sallyport::hsm {

/// A key that was found and proved in the present epoch.
struct RingKey {
    KeyIdentity identity;
    pkcs11::ObjectHandle handle = 0;
    Bytes spki;                      ///< of pairs
    std::size_t signature_size = 0;  ///< of pairs
};

Result<Digest> mac(pkcs11::Session& session, const RingKey& key, ByteView input);

/// Low s, and verified on the host before it is released: a wrong handle or a faulty device must
/// not speak in our name.
Result<Bytes> sign(pkcs11::Session& session, const RingKey& key, ByteView message);

/// Errors: kInvalidRequest for the all-zero IV, which belongs to the fingerprint.
Result<Bytes> encrypt(
    pkcs11::Session& session, const RingKey& key, ByteView iv, ByteView aad, ByteView plaintext);
Result<Bytes> decrypt(
    pkcs11::Session& session, const RingKey& key, ByteView iv, ByteView aad, ByteView ciphertext);

/// The key check value of a secret key, or the hash of the SubjectPublicKeyInfo.
Result<Fingerprint> fingerprint(pkcs11::Session& session, const RingKey& key);

}  // namespace sallyport::hsm
