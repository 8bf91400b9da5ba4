#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "fido/cose_key.h"

#include <string>

/// What the installed libfido2 verifies, and all that it verifies: README.md names what it lets
/// pass. Every answer but FIDO_OK is a refusal.
namespace sallyport::fido::libfido2 {

/// A registration in format `packed`.
struct Attested {
    std::string rp_id;
    ByteView client_data_json;
    ByteView authenticator_data;
    ByteView statement;    ///< CBOR
    bool by_self = false;  ///< no x5c: the credential signed it
    Algorithm algorithm = Algorithm::kEs256;
    bool user_verification = false;
    /// libfido2 compares the extension outputs with what it was told to expect, so it is told what
    /// is there; the policy about them is ours.
    unsigned cred_protect = 0;
    unsigned min_pin_length = 0;
    bool hmac_secret = false;
    bool cred_blob = false;
};

/// The hash of the relying party's id, flag UP, flag UV if asked, the credential's algorithm, and
/// the signature by the first certificate of x5c or by the credential. Errors: kInvalidRequest.
Status verifyAttested(const Attested& attested);

struct Asserted {
    std::string rp_id;
    ByteView client_data_json;
    ByteView authenticator_data;
    ByteView signature;
    const CoseKey* key = nullptr;  ///< never null
    bool user_verification = false;
};

/// The hash of the relying party's id, flag UP, flag UV if asked, and the signature. Errors:
/// kInvalidRequest.
Status verifyAsserted(const Asserted& asserted);

}  // namespace sallyport::fido::libfido2
