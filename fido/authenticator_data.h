#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "fido/attestation_trust.h"

#include <map>
#include <optional>
#include <string>

namespace sallyport::fido {

/// A new credential inside authenticator data (WebAuthn L3 6.5.2).
struct AttestedCredential {
    Aaguid aaguid{};
    Bytes id;
    Bytes public_key;  ///< one CBOR item; CoseKey judges it
};

/// What the authenticator says (WebAuthn L3 6.1); read from bytes, not yet judged.
struct AuthenticatorData {
    Digest rp_id_hash{};
    bool user_present = false;
    bool user_verified = false;
    bool backup_eligible = false;
    bool backed_up = false;
    std::uint32_t sign_count = 0;
    std::optional<AttestedCredential> credential;  ///< flag AT
    /// Extension outputs by name, each one CBOR item; empty without flag ED.
    std::map<std::string, Bytes, std::less<>> extensions;

    /// Errors: kInvalidRequest for reserved flags, for a flag without what it announces, and for
    /// bytes that no flag announces.
    static Result<AuthenticatorData> parse(ByteView bytes);
};

}  // namespace sallyport::fido
