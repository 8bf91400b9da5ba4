#include "tests/support/fake_device.h"

#include "base/aead.h"
#include "base/result.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include <algorithm>

namespace sallyport::test {

namespace {

constexpr std::size_t kMostInput = std::size_t{64} * 1024;
constexpr std::size_t kMostPlaintext = 4096;
constexpr std::size_t kMostRandom = 1024;
constexpr std::size_t kIvSize = 12;

using EvpKey = std::shared_ptr<EVP_PKEY>;

Digest hmac(ByteView key, ByteView input) {
    Digest mac{};
    unsigned size = 0;
    SALLYPORT_ASSERT(HMAC(EVP_sha256(),
                          key.data(),
                          static_cast<int>(key.size()),
                          input.data(),
                          input.size(),
                          mac.data(),
                          &size) != nullptr);
    return mac;
}

EvpKey makePair(hsm::KeyAlgorithm algorithm) {
    EVP_PKEY* key = nullptr;
    if (algorithm == hsm::KeyAlgorithm::kEs256) {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    } else if (algorithm == hsm::KeyAlgorithm::kRs256) {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{3072});
    } else {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    SALLYPORT_ASSERT(key != nullptr);
    return {key, EVP_PKEY_free};
}

Bytes spkiOf(EVP_PKEY* key) {
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    SALLYPORT_ASSERT(size > 0);
    Bytes spki(der, der + size);
    OPENSSL_free(der);
    return spki;
}

/// DER to r‖s with the lower of both possible s.
Bytes fixedSignature(const Bytes& der) {
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<int>(der.size())), ECDSA_SIG_free);
    SALLYPORT_ASSERT(signature != nullptr);
    BIGNUM* order = nullptr;
    SALLYPORT_ASSERT(
        BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551") > 0);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(order, BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> s(BN_dup(ECDSA_SIG_get0_s(signature.get())),
                                                        BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> other(BN_new(), BN_free);
    SALLYPORT_ASSERT(BN_sub(other.get(), n.get(), s.get()) == 1);
    const BIGNUM* low = BN_cmp(s.get(), other.get()) <= 0 ? s.get() : other.get();
    Bytes fixed(64);
    SALLYPORT_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), fixed.data(), 32) == 32);
    SALLYPORT_ASSERT(BN_bn2binpad(low, fixed.data() + 32, 32) == 32);
    return fixed;
}

bool isPair(hsm::KeyAlgorithm algorithm) {
    return algorithm != hsm::KeyAlgorithm::kHmacSha256 &&
           algorithm != hsm::KeyAlgorithm::kAes256Gcm;
}

Error badSize() {
    return fail(ErrorCode::kInvalidRequest, "size");
}

}  // namespace

struct FakeDevice::Key {
    hsm::KeyIdentity identity{};
    Bytes secret;
    EvpKey pair;
};

FakeDevice::FakeDevice() = default;
FakeDevice::~FakeDevice() = default;

hsm::KeyIdentity FakeDevice::put(const hsm::KeyName& key,
                                 hsm::KeyAlgorithm algorithm,
                                 ByteView bytes) {
    const std::lock_guard lock(mutex_);
    Key made;
    made.identity.algorithm = algorithm;
    made.secret = copyBytes(bytes);
    return add(key, std::move(made));
}

void FakeDevice::failWith(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
}

hsm::KeyIdentity FakeDevice::add(const hsm::KeyName& name, Key key) {
    key.identity.key = name;
    key.identity.cka_id = random_.bytes<16>();
    key.identity.fingerprint = key.pair ? sha256(spkiOf(key.pair.get()))
                                        : sha256(hmac(key.secret, asBytes("key check value")));
    ring_.insert(name);
    return keys_.insert_or_assign(name, std::move(key)).first->second.identity;
}

Status FakeDevice::ready(Deadline deadline) const {
    if (failure_.has_value()) return *failure_;
    if (deadline.passed()) return fail(ErrorCode::kUnavailable, "the deadline has passed");
    return {};
}

Result<const FakeDevice::Key*> FakeDevice::find(
    const hsm::KeyUse& use, std::initializer_list<hsm::KeyAlgorithm> algorithms) const {
    const auto found = keys_.find(use.key);
    if (found == keys_.end() || !ring_.contains(use.key) ||
        found->second.identity.fingerprint != use.fingerprint) {
        return fail(ErrorCode::kIntegrity, "no such key: " + text(use.key));
    }
    const auto algorithm = found->second.identity.algorithm;
    if (std::find(algorithms.begin(), algorithms.end(), algorithm) == algorithms.end()) {
        return fail(ErrorCode::kIntegrity, "a key for something else: " + text(use.key));
    }
    return &found->second;
}

Status FakeDevice::loadRing(const std::vector<hsm::KeyIdentity>& expected, Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    std::set<hsm::KeyName> ring;
    for (const auto& identity : expected) {
        const auto found = keys_.find(identity.key);
        if (found == keys_.end() || !(found->second.identity == identity)) {
            return fail(ErrorCode::kIntegrity, "missing or changed: " + text(identity.key));
        }
        ring.insert(identity.key);
    }
    ring_ = std::move(ring);
    return {};
}

Result<std::vector<Digest>> FakeDevice::macs(const std::vector<hsm::MacRequest>& requests,
                                             Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    std::vector<Digest> macs;
    for (const auto& request : requests) {
        if (request.input.empty() || request.input.size() > kMostInput) return badSize();
        SALLYPORT_TRY(const Key* key, find(request.use, {hsm::KeyAlgorithm::kHmacSha256}));
        macs.push_back(hmac(key->secret, request.input));
    }
    return macs;
}

Result<Bytes> FakeDevice::sign(const hsm::KeyUse& use, ByteView message, Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    using enum hsm::KeyAlgorithm;
    SALLYPORT_TRY(const Key* key, find(use, {kEs256, kRs256, kEd25519}));
    const bool digest_first = key->identity.algorithm != kEd25519;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    SALLYPORT_ASSERT(EVP_DigestSignInit(context.get(),
                                        nullptr,
                                        digest_first ? EVP_sha256() : nullptr,
                                        nullptr,
                                        key->pair.get()) == 1);
    Bytes signature(512);
    std::size_t size = signature.size();
    SALLYPORT_ASSERT(
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) ==
        1);
    signature.resize(size);
    return key->identity.algorithm == kEs256 ? fixedSignature(signature) : signature;
}

Result<hsm::Sealed> FakeDevice::encrypt(const hsm::KeyUse& use,
                                        ByteView aad,
                                        ByteView plaintext,
                                        Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    if (plaintext.size() > kMostPlaintext || aad.size() > kMostPlaintext) return badSize();
    SALLYPORT_TRY(const Key* key, find(use, {hsm::KeyAlgorithm::kAes256Gcm}));
    const Bytes whole = aead::encrypt(Secret(ByteView(key->secret)), aad, plaintext, random_);
    hsm::Sealed sealed{};
    std::copy_n(whole.begin(), kIvSize, sealed.iv.begin());
    sealed.ciphertext.assign(whole.begin() + kIvSize, whole.end());
    return sealed;
}

Result<Bytes> FakeDevice::decrypt(const hsm::KeyUse& use,
                                  ByteView aad,
                                  const hsm::Sealed& sealed,
                                  Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    SALLYPORT_TRY(const Key* key, find(use, {hsm::KeyAlgorithm::kAes256Gcm}));
    Bytes whole = copyBytes(sealed.iv);
    whole.insert(whole.end(), sealed.ciphertext.begin(), sealed.ciphertext.end());
    const auto opened = aead::decrypt(Secret(ByteView(key->secret)), aad, whole);
    if (!opened) return fail(ErrorCode::kInvalidRequest, "not one of this key");
    return copyBytes(opened->expose());
}

Result<std::vector<hsm::PublicKey>> FakeDevice::publicKeys(Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    std::vector<hsm::PublicKey> keys;
    for (const auto& [name, key] : keys_) {
        if (!key.pair || !ring_.contains(name)) continue;
        keys.push_back({name, key.identity.algorithm, spkiOf(key.pair.get())});
    }
    return keys;
}

Result<Bytes> FakeDevice::random(std::size_t size, Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    if (size > kMostRandom) return badSize();
    Bytes bytes(size);
    random_.fill(bytes);
    return bytes;
}

Result<hsm::Inventory> FakeDevice::inventory(Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    hsm::Inventory inventory;
    inventory.token_label = "fake";
    inventory.token_serial = "0";
    for (const auto& [name, key] : keys_) inventory.keys.push_back({key.identity, {}});
    return inventory;
}

Result<hsm::KeyIdentity> FakeDevice::generate(const hsm::KeyName& key,
                                              hsm::KeyAlgorithm algorithm,
                                              Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    if (keys_.contains(key)) return fail(ErrorCode::kConflict, "there is " + text(key));
    Key made;
    made.identity.algorithm = algorithm;
    if (isPair(algorithm)) {
        made.pair = makePair(algorithm);
    } else {
        made.secret = copyBytes(random_.bytes<32>());
    }
    return add(key, std::move(made));
}

Status FakeDevice::destroy(const hsm::KeyIdentity& identity, Deadline deadline) {
    const std::lock_guard lock(mutex_);
    SALLYPORT_CHECK(ready(deadline));
    const auto found = keys_.find(identity.key);
    if (found == keys_.end() || !(found->second.identity == identity)) {
        return fail(ErrorCode::kNotFound, "no " + text(identity.key));
    }
    keys_.erase(found);
    ring_.erase(identity.key);
    return {};
}

hsm::Health FakeDevice::health() const {
    const std::lock_guard lock(mutex_);
    if (failure_.has_value()) return {hsm::Health::State::kGone, failure_->detail, 0};
    return {hsm::Health::State::kServing, {}, 0};
}

}  // namespace sallyport::test
