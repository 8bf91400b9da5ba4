#include "action/issuer_keys.h"

namespace sallyport::action {
namespace {

Result<token::Algorithm> algorithmOf(hsm::KeyAlgorithm algorithm) {
    switch (algorithm) {
        case hsm::KeyAlgorithm::kEs256:
            return token::Algorithm::kEs256;
        case hsm::KeyAlgorithm::kRs256:
            return token::Algorithm::kRs256;
        case hsm::KeyAlgorithm::kEd25519:
            return token::Algorithm::kEdDsa;
        case hsm::KeyAlgorithm::kHmacSha256:
        case hsm::KeyAlgorithm::kAes256Gcm:
            break;
    }
    return fail(ErrorCode::kInternal, "a signing key of no algorithm");
}

}  // namespace

Result<std::vector<token::PublicKey>> issuerKeys(mint::Mint& mint, Deadline deadline) {
    SALLYPORT_TRY(const auto list,
                  mint::ask<mint::PublicKeyList>(mint, mint::PublicKeys{}, deadline));
    std::vector<token::PublicKey> keys;
    for (const mint::PublicKey& listed : list.keys) {
        if (listed.key.purpose != hsm::KeyPurpose::kTokenSign) continue;
        SALLYPORT_TRY(const auto algorithm, algorithmOf(listed.algorithm));
        auto key = token::PublicKey::fromSpki(listed.spki, algorithm);
        if (!key) return fail(ErrorCode::kInternal, "a signing key that verifies nothing");
        keys.push_back(key->named(listed.kid));
    }
    return keys;
}

}  // namespace sallyport::action
