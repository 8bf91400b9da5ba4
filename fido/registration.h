#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"
#include "fido/attestation_trust.h"
#include "fido/cose_key.h"
#include "fido/refusal.h"

#include <string>
#include <vector>

namespace sallyport::fido {

/// What a browser's `PublicKeyCredential.toJSON()` holds after create() (RegistrationResponseJSON,
/// WebAuthn L3 5.1.8), decoded and bounded, not yet judged.
struct RegistrationResponse {
    Bytes id;
    Bytes client_data_json;
    Bytes attestation_object;
    std::vector<std::string> transports;  ///< sorted, each once

    /// Members that are not known are allowed. Refuses with `malformed_response`.
    static Judged<RegistrationResponse> parse(const Json& json);
};

/// What the ceremony that is being answered had asked for.
struct RegistrationExpectation {
    std::string rp_id;
    std::vector<std::string> origins;  ///< exact; never from a header of the request
    Bytes challenge;
    UserVerification user_verification = UserVerification::kRequired;
    std::vector<Algorithm> algorithms;          ///< those that were offered
    const AttestationPolicy* policy = nullptr;  ///< never null; must outlive the call
    Time now;
};

/// A credential that passed every step of WebAuthn L3 7.1 that is not the caller's. What remains
/// his: the ceremony was used once, the id is not registered, the row is stored.
class VerifiedRegistration {
  public:
    const Bytes& credentialId() const { return credential_id_; }

    /// The COSE_Key as the authenticator wrote it.
    const Bytes& publicKey() const { return public_key_; }

    Algorithm algorithm() const { return algorithm_; }

    const Aaguid& aaguid() const { return aaguid_; }

    std::uint32_t signCount() const { return sign_count_; }

    bool userVerified() const { return user_verified_; }

    bool backupEligible() const { return backup_eligible_; }

    bool backedUp() const { return backed_up_; }

    const std::vector<std::string>& transports() const { return transports_; }

    Attestation attestation() const { return attestation_; }

    /// The one of the expected origins that the client named.
    const std::string& origin() const { return origin_; }

    /// The level that the authenticator applied, 1 to 3; 0 if it named none.
    unsigned credProtect() const { return cred_protect_; }

    /// 0 if the authenticator named none.
    unsigned minPinLength() const { return min_pin_length_; }

    /// What the attestation certificate says; nothing without one.
    const std::optional<AttestationCertificate>& certificate() const { return certificate_; }

  private:
    friend class RegistrationProcedure;
    VerifiedRegistration() = default;

    Bytes credential_id_;
    Bytes public_key_;
    Algorithm algorithm_ = Algorithm::kEs256;
    Aaguid aaguid_{};
    std::uint32_t sign_count_ = 0;
    bool user_verified_ = false;
    bool backup_eligible_ = false;
    bool backed_up_ = false;
    std::vector<std::string> transports_;
    Attestation attestation_ = Attestation::kNone;
    std::string origin_;
    unsigned cred_protect_ = 0;
    unsigned min_pin_length_ = 0;
    std::optional<AttestationCertificate> certificate_;
};

/// WebAuthn L3 7.1 steps 5 to 25. Pure and thread-safe; bounded memory.
Judged<VerifiedRegistration> verifyRegistration(const RegistrationResponse& response,
                                                const RegistrationExpectation& expected);

}  // namespace sallyport::fido
