#pragma once

#include <openssl/types.h>

#include <cstdint>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What the virtual security key needs of OpenSSL. A failure throws std::runtime_error: it is the
/// test's machine that is broken.
namespace sallyport::test::crypto {

using Bytes = std::vector<std::uint8_t>;
using PrivateKey = std::shared_ptr<EVP_PKEY>;

/// COSE algorithm numbers.
inline constexpr int kEs256 = -7;
inline constexpr int kEdDsa = -8;
inline constexpr int kEs384 = -35;
inline constexpr int kRs256 = -257;

Bytes random(std::size_t size);
Bytes sha256(const Bytes& bytes);
Bytes hmacSha256(const Bytes& key, const Bytes& message);
/// RFC 5869 with an all-zero salt of 32 bytes; 32 bytes of output.
Bytes hkdfSha256(const Bytes& secret, std::string_view info);
/// AES-256-CBC without padding; `size % 16 == 0`.
Bytes aesEncrypt(const Bytes& key, const Bytes& iv, const Bytes& plain);
Bytes aesDecrypt(const Bytes& key, const Bytes& iv, const Bytes& cipher);

/// A new key for a COSE algorithm of the four.
PrivateKey generate(int algorithm);
Bytes sign(const PrivateKey& key, int algorithm, const Bytes& message);
/// COSE_Key (RFC 9052 7) of the public half, in CTAP2 canonical order.
Bytes coseKey(const PrivateKey& key, int algorithm);
/// SubjectPublicKeyInfo, DER.
Bytes publicKeyInfo(const PrivateKey& key);

struct Point {
    Bytes x;
    Bytes y;
};

Point pointOf(const PrivateKey& key);
/// The x coordinate of own * peer on P-256; empty if the peer is no point of the curve.
Bytes ecdh(const PrivateKey& own, const Point& peer);

std::string base64url(const Bytes& bytes);

}  // namespace sallyport::test::crypto
