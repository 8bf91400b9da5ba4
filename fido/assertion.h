#pragma once

#include "base/bytes.h"
#include "base/json.h"
#include "fido/attestation_trust.h"
#include "fido/cose_key.h"
#include "fido/refusal.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::fido {

/// What a browser's `PublicKeyCredential.toJSON()` holds after get() (AuthenticationResponseJSON,
/// WebAuthn L3 5.1.8), decoded and bounded, not yet judged.
struct AssertionResponse {
    Bytes id;
    Bytes client_data_json;
    Bytes authenticator_data;
    Bytes signature;
    std::optional<Bytes> user_handle;

    /// Members that are not known are allowed. Refuses with `malformed_response`.
    static Judged<AssertionResponse> parse(const Json& json);
};

/// What is on record about the credential that answers.
struct StoredCredential {
    Bytes id;
    Bytes public_key;  ///< COSE_Key
    Algorithm algorithm = Algorithm::kEs256;
    Aaguid aaguid{};
    std::uint32_t sign_count = 0;
    bool backup_eligible = false;
    Bytes user_handle;  ///< of the account that owns it
};

/// What the ceremony that is being answered had asked for; recomputed, never what the client says.
struct AssertionExpectation {
    std::string rp_id;
    std::vector<std::string> origins;  ///< exact; those of the ceremony's channel
    Bytes challenge;
    UserVerification user_verification = UserVerification::kRequired;
    const AttestationPolicy* policy = nullptr;  ///< never null; must outlive the call
};

/// An assertion that passed every step of WebAuthn L3 7.2 that is not the caller's. What remains
/// his: the ceremony was used once, the credential is live and the person's, the counter is stored
/// by compare-and-set.
class VerifiedAssertion {
  public:
    const Bytes& credentialId() const { return credential_id_; }

    std::uint32_t signCount() const { return sign_count_; }

    bool userVerified() const { return user_verified_; }

    bool backedUp() const { return backed_up_; }

    /// The one of the expected origins that the client named.
    const std::string& origin() const { return origin_; }

  private:
    friend class AssertionProcedure;
    VerifiedAssertion() = default;

    Bytes credential_id_;
    std::uint32_t sign_count_ = 0;
    bool user_verified_ = false;
    bool backed_up_ = false;
    std::string origin_;
};

/// WebAuthn L3 7.2 steps 5 to 23. Refuses with `counter_regression` when all else holds and the
/// counter did not rise: then the key may have been copied. Pure and thread-safe; bounded memory.
Judged<VerifiedAssertion> verifyAssertion(const AssertionResponse& response,
                                          const StoredCredential& stored,
                                          const AssertionExpectation& expected);

}  // namespace sallyport::fido
