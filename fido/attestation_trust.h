#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "fido/refusal.h"

#include <cstdint>

#include <optional>
#include <string>
#include <vector>

namespace sallyport::fido {

/// Which model of authenticator (WebAuthn L3 6.5.1); all zero if it does not say.
using Aaguid = FixedBytes<16>;

/// `cb69481e-8ff7-4039-93ec-0a2729a154a8`.
std::string textOf(const Aaguid& aaguid);

/// Errors: kInvalidRequest for anything but the form of textOf(), in upper or lower case.
Result<Aaguid> aaguidFromText(std::string_view text);

/// How the origin of a credential was shown.
enum class Attestation {
    kNone,        ///< not at all (format `none`)
    kSelf,        ///< signed by the credential itself (`packed` without x5c)
    kUnverified,  ///< signed by a certificate whose model the policy does not list
    kVerified,    ///< signed by a certificate of that model's own roots
};

/// `none`, `self`, `unverified`, `verified`.
std::string_view name(Attestation attestation);
std::optional<Attestation> attestationFromName(std::string_view text);

/// A model of authenticator that the policy speaks of.
struct Authenticator {
    Aaguid aaguid{};
    std::string name;          ///< for people
    std::vector<Bytes> roots;  ///< DER certificates; only these vouch for this model
    /// Why it is refused, if it is: a metadata status as `REVOKED`, `USER_VERIFICATION_BYPASS`,
    /// `ATTESTATION_KEY_COMPROMISE`, or the operator's word.
    std::optional<std::string> denied;
    /// Least firmware as 0x00MMmmpp (5.7.0 = 0x050700); a certificate that names none is refused.
    std::optional<std::uint32_t> min_firmware;
};

/// Which credentials an installation accepts. A value; sharing it between threads is fine.
struct AttestationPolicy {
    bool allow_none = false;
    bool allow_self = false;
    /// Accept `packed` by certificate of a model that is not listed (then kUnverified). A listed
    /// model needs its own root all the same.
    bool allow_unlisted = false;
    /// Ask no root of any model (then kUnverified): for `sallyport webauthn check` only.
    bool trust_any_root = false;
    bool allow_backup_eligible = false;  ///< synced passkeys
    /// Least credProtect level that the credential must show (CTAP 2.1 12.1); 0 asks for none.
    unsigned min_cred_protect = 0;
    /// Least minPinLength that the authenticator must show (CTAP 2.1 12.4); 0 asks for none.
    unsigned min_pin_length = 0;
    std::vector<Authenticator> authenticators;

    /// Null if not listed.
    const Authenticator* find(const Aaguid& aaguid) const;
};

/// What an attestation certificate says about itself.
struct AttestationCertificate {
    std::optional<std::uint32_t> firmware;  ///< 0x00MMmmpp, if it names one
    Digest digest{};                        ///< SHA-256 of the DER
};

/// WebAuthn L3 8.2.1: version 3, subject with C, O, OU "Authenticator Attestation" and CN, no CA,
/// and, if it is there, the AAGUID extension, not critical and equal to `aaguid`.
Judged<AttestationCertificate> checkAttestationCertificate(ByteView der, const Aaguid& aaguid);

/// 7.1 step 24 for every format, and again at every use: the model is not denied. Refuses with
/// `authenticator_denied`.
Verdict checkNotDenied(const Aaguid& aaguid, const AttestationPolicy& policy);

/// WebAuthn L3 7.1 steps 23 and 24 for `packed` by certificate: the model is listed, its own roots
/// vouch for the chain at `now`, and the firmware is not too old. `x5c` is leaf first and must not
/// hold the root.
Judged<Attestation> checkAttestationTrust(const std::vector<Bytes>& x5c,
                                          const Aaguid& aaguid,
                                          const AttestationCertificate& leaf,
                                          const AttestationPolicy& policy,
                                          Time now);

}  // namespace sallyport::fido
