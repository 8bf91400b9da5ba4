#include "tests/support/virtual_key/crypto.h"

#include "tests/support/virtual_key/cbor.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace sallyport::test::crypto {

namespace {

void check(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("virtual key: ") + what);
}

PrivateKey own(EVP_PKEY* key) {
    check(key != nullptr, "no key");
    return {key, EVP_PKEY_free};
}

Bytes number(const PrivateKey& key, const char* name) {
    BIGNUM* value = nullptr;
    check(EVP_PKEY_get_bn_param(key.get(), name, &value) == 1, "no such number");
    Bytes out(static_cast<std::size_t>(BN_num_bytes(value)));
    BN_bn2bin(value, out.data());
    BN_free(value);
    return out;
}

Bytes aes(const Bytes& key, const Bytes& iv, const Bytes& in, int encrypt) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    Bytes out(in.size() + 16);
    int size = 0;
    check(key.size() == 32 && iv.size() == 16 && in.size() % 16 == 0, "AES sizes");
    check(EVP_CipherInit_ex(
              context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data(), encrypt) == 1,
          "AES");
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    check(EVP_CipherUpdate(
              context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1,
          "AES");
    out.resize(in.size());
    return out;
}

}  // namespace

Bytes random(std::size_t size) {
    Bytes out(size);
    check(RAND_bytes(out.data(), static_cast<int>(size)) == 1, "no randomness");
    return out;
}

Bytes sha256(const Bytes& bytes) {
    Bytes out(32);
    check(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1,
          "SHA-256");
    return out;
}

Bytes hmacSha256(const Bytes& key, const Bytes& message) {
    Bytes out(32);
    unsigned int size = 32;
    check(HMAC(EVP_sha256(),
               key.data(),
               static_cast<int>(key.size()),
               message.data(),
               message.size(),
               out.data(),
               &size) != nullptr,
          "HMAC");
    return out;
}

Bytes hkdfSha256(const Bytes& secret, std::string_view info) {
    const Bytes extracted = hmacSha256(Bytes(32), secret);
    Bytes block(info.begin(), info.end());
    block.push_back(1);
    return hmacSha256(extracted, block);
}

Bytes aesEncrypt(const Bytes& key, const Bytes& iv, const Bytes& plain) {
    return aes(key, iv, plain, 1);
}

Bytes aesDecrypt(const Bytes& key, const Bytes& iv, const Bytes& cipher) {
    return aes(key, iv, cipher, 0);
}

PrivateKey generate(int algorithm) {
    switch (algorithm) {
        case kEs256:
            return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
        case kEs384:
            return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
        case kEdDsa:
            return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        case kRs256:
            return own(EVP_RSA_gen(2048));
        default:
            throw std::runtime_error("virtual key: no such algorithm");
    }
}

Bytes sign(const PrivateKey& key, int algorithm, const Bytes& message) {
    const EVP_MD* digest = EVP_sha256();
    if (algorithm == kEs384) digest = EVP_sha384();
    if (algorithm == kEdDsa) digest = nullptr;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    check(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) == 1, "sign");
    std::size_t size = 0;
    check(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1,
          "sign");
    Bytes out(size);
    check(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1,
          "sign");
    out.resize(size);
    return out;
}

Point pointOf(const PrivateKey& key) {
    std::array<std::uint8_t, 133> encoded{};
    std::size_t size = 0;
    check(EVP_PKEY_get_octet_string_param(
              key.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) == 1 &&
              size % 2 == 1 && encoded[0] == 4,
          "no point");
    const auto half = static_cast<std::ptrdiff_t>(size / 2);
    const auto* begin = encoded.data() + 1;
    return {Bytes(begin, begin + half), Bytes(begin + half, begin + 2 * half)};
}

Bytes coseKey(const PrivateKey& key, int algorithm) {
    cbor::Writer out;
    if (algorithm == kEdDsa) {
        Bytes raw(32);
        std::size_t size = raw.size();
        check(EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) == 1, "no raw key");
        out.map(4).integer(1).integer(1).integer(3).integer(algorithm);
        return out.integer(-1).integer(6).integer(-2).bytes(raw).done();
    }
    if (algorithm == kRs256) {
        out.map(4).integer(1).integer(3).integer(3).integer(algorithm);
        out.integer(-1).bytes(number(key, OSSL_PKEY_PARAM_RSA_N));
        return out.integer(-2).bytes(number(key, OSSL_PKEY_PARAM_RSA_E)).done();
    }
    const Point point = pointOf(key);
    out.map(5).integer(1).integer(2).integer(3).integer(algorithm);
    out.integer(-1).integer(algorithm == kEs384 ? 2 : 1);
    return out.integer(-2).bytes(point.x).integer(-3).bytes(point.y).done();
}

Bytes publicKeyInfo(const PrivateKey& key) {
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    check(size > 0, "no SubjectPublicKeyInfo");
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

Bytes ecdh(const PrivateKey& own_key, const Point& peer) {
    Bytes encoded{4};
    encoded.insert(encoded.end(), peer.x.begin(), peer.x.end());
    encoded.insert(encoded.end(), peer.y.begin(), peer.y.end());
    std::string group = "P-256";
    const std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
        OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> importer(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* imported = nullptr;
    auto copy = params;
    if (EVP_PKEY_fromdata_init(importer.get()) != 1 ||
        EVP_PKEY_fromdata(importer.get(), &imported, EVP_PKEY_PUBLIC_KEY, copy.data()) != 1) {
        return {};
    }
    const PrivateKey other = own(imported);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(own_key.get(), nullptr), EVP_PKEY_CTX_free);
    Bytes out(32);
    std::size_t size = out.size();
    if (EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
        EVP_PKEY_derive(context.get(), out.data(), &size) != 1) {
        return {};
    }
    return out;
}

std::string base64url(const Bytes& bytes) {
    static constexpr std::string_view kSymbols =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    unsigned bits = 0;
    unsigned count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8u | byte) & 0xffffu;
        for (count += 8; count >= 6; count -= 6) out += kSymbols[bits >> (count - 6) & 63u];
    }
    if (count > 0) out += kSymbols[bits << (6 - count) & 63u];
    return out;
}

}  // namespace sallyport::test::crypto
