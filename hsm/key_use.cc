#include "hsm/key_use.h"

#include "base/canonical.h"
#include "hsm/pkcs11/mechanisms.h"
#include "hsm/public_key.h"

#include <algorithm>

namespace sallyport::hsm {
namespace {

constexpr std::string_view kCheckValue = "sallyport/kcv/v1";
constexpr FixedBytes<12> kFingerprintIv{};

bool isFingerprintIv(ByteView iv) {
    return std::equal(iv.begin(), iv.end(), kFingerprintIv.begin(), kFingerprintIv.end());
}

Error wrongAlgorithm(const RingKey& key) {
    return fail(ErrorCode::kInvalidRequest,
                "key " + text(key.identity.key) + " is not for this use");
}

}  // namespace

Result<Digest> mac(pkcs11::Session& session, const RingKey& key, ByteView input) {
    if (key.identity.algorithm != KeyAlgorithm::kHmacSha256) return wrongAlgorithm(key);
    SALLYPORT_TRY(const Bytes tag,
                  session.sign(CKM_SHA256_HMAC, key.handle, input, sizeof(Digest)));
    Digest out{};
    std::copy(tag.begin(), tag.end(), out.begin());
    return out;
}

Result<Bytes> sign(pkcs11::Session& session, const RingKey& key, ByteView message) {
    const pkcs11::Mechanism& mechanism = pkcs11::mechanismOf(key.identity.algorithm);
    if (!mechanism.isPair()) return wrongAlgorithm(key);
    const bool host_hashes = key.identity.algorithm == KeyAlgorithm::kEs256;
    const Digest digest = host_hashes ? sha256(message) : Digest{};
    const ByteView input = host_hashes ? ByteView(digest) : message;
    SALLYPORT_TRY(Bytes signature,
                  session.sign(mechanism.use, key.handle, input, key.signature_size));
    if (host_hashes) {
        SALLYPORT_TRY(signature, lowS(std::move(signature)));
    }
    SALLYPORT_CHECK(verifySignature(key.identity.algorithm, key.spki, message, signature));
    return signature;
}

Result<Bytes> encrypt(
    pkcs11::Session& session, const RingKey& key, ByteView iv, ByteView aad, ByteView plaintext) {
    if (key.identity.algorithm != KeyAlgorithm::kAes256Gcm) return wrongAlgorithm(key);
    if (isFingerprintIv(iv))
        return fail(ErrorCode::kInvalidRequest, "the all-zero IV is not for data");
    return session.encryptGcm(key.handle, iv, aad, plaintext);
}

Result<Bytes> decrypt(
    pkcs11::Session& session, const RingKey& key, ByteView iv, ByteView aad, ByteView ciphertext) {
    if (key.identity.algorithm != KeyAlgorithm::kAes256Gcm) return wrongAlgorithm(key);
    if (isFingerprintIv(iv))
        return fail(ErrorCode::kInvalidRequest, "the all-zero IV is not for data");
    auto plaintext = session.decryptGcm(key.handle, iv, aad, ciphertext);
    const auto& failure = session.failure();
    const bool refused =
        failure.has_value() && std::string_view(failure->function) == "C_Decrypt" &&
        (failure->code == CKR_GENERAL_ERROR || failure->code == CKR_FUNCTION_FAILED ||
         failure->code == CKR_ENCRYPTED_DATA_INVALID ||
         failure->code == CKR_ENCRYPTED_DATA_LEN_RANGE);
    // SoftHSM answers any wrong ciphertext with GENERAL_ERROR. The caller of this function tries
    // once more on a new session; if it is refused again, it is the ciphertext.
    if (refused) {
        return fail(ErrorCode::kInvalidRequest,
                    "a ciphertext is not of this key and its associated data");
    }
    return plaintext;
}

Result<Fingerprint> fingerprint(pkcs11::Session& session, const RingKey& key) {
    switch (key.identity.algorithm) {
        case KeyAlgorithm::kHmacSha256: {
            const Bytes input = Canonical(kCheckValue).add(name(key.identity.key.purpose)).finish();
            SALLYPORT_TRY(const Digest tag, mac(session, key, input));
            return sha256(tag);
        }
        case KeyAlgorithm::kAes256Gcm: {
            // One fixed block under an IV that nothing else uses, so that it costs the key no
            // secrecy.
            SALLYPORT_TRY(const Bytes block,
                          session.encryptGcm(key.handle, kFingerprintIv, {}, asBytes(kCheckValue)));
            return sha256(block);
        }
        case KeyAlgorithm::kEs256:
        case KeyAlgorithm::kRs256:
        case KeyAlgorithm::kEd25519:
            return sha256(key.spki);
    }
    return fail(ErrorCode::kInternal, "a key has no algorithm");
}

}  // namespace sallyport::hsm
