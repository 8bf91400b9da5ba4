#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "hsm/key_purpose.h"

/// Public keys of the token on the host: reading them, and checking the token's work before it is
/// released.
namespace sallyport::hsm {

/// CKA_EC_POINT in the three forms that vendors give it: the bytes themselves, in a DER OCTET
/// STRING (the standard), in a DER BIT STRING. Errors: kIntegrity unless exactly one of them with
/// `size` bytes inside.
Result<Bytes> unwrapPoint(ByteView value, std::size_t size);

/// DER SubjectPublicKeyInfo. The point is checked to be on the curve. Errors: kIntegrity.
Result<Bytes> p256Spki(ByteView point);
Result<Bytes> ed25519Spki(ByteView point);
Result<Bytes> rsaSpki(ByteView modulus, ByteView exponent);

/// The lower of the two s of an ES256 signature r‖s, so that a signature has one spelling. Errors:
/// kIntegrity unless 64 bytes.
Result<Bytes> lowS(Bytes signature);

/// Errors: kIntegrity unless `signature` is one of `message` under the key. Never for secret-key
/// algorithms.
Status verifySignature(KeyAlgorithm algorithm, ByteView spki, ByteView message, ByteView signature);

}  // namespace sallyport::hsm
