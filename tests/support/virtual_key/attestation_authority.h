#pragma once

#include "tests/support/virtual_key/crypto.h"

#include <openssl/x509.h>

#include <optional>

namespace sallyport::test {

using Aaguid = std::array<std::uint8_t, 16>;

/// What is written into an attestation certificate (WebAuthn L3 8.2.1); the defaults are right.
struct LeafShape {
    std::string country = "SE";
    std::string organization = "Sallyport Test Keys";
    std::string unit = "Authenticator Attestation";
    std::string common_name = "Sallyport Test Key EE Serial 1";
    long version = 2;               ///< as encoded: 2 is v3
    bool basic_constraints = true;  ///< false: the extension is missing
    bool is_ca = false;
    std::optional<Aaguid> aaguid;  ///< 1.3.6.1.4.1.45724.1.1.4; none: no extension
    bool aaguid_critical = false;
    bool aaguid_wrapped = true;  ///< false: the 16 bytes without their inner OCTET STRING
    std::optional<std::array<std::uint8_t, 3>> firmware;  ///< 1.3.6.1.4.1.45724.1.1.5
    std::vector<std::pair<std::string, crypto::Bytes>> more_extensions;  ///< OID and DER
    std::vector<std::pair<std::string, std::string>> more_names;         ///< in the subject
    bool sha1 = false;                                                   ///< how it is signed
    std::string not_before = "20200101000000Z";
    std::string not_after = "21200101000000Z";
    bool signed_by_root = false;  ///< no intermediate in between
    bool self_signed = false;     ///< by nobody that anybody trusts
};

/// An attestation key and its certificates as they stand in x5c: the leaf, then the intermediate.
struct AttestationLeaf {
    crypto::PrivateKey key;
    std::vector<crypto::Bytes> x5c;
};

/// The maker of keys: a root, an intermediate and the leaves, made at run time, valid from 2020 to
/// 2120 so that a test may be at any time.
class AttestationAuthority {
  public:
    explicit AttestationAuthority(const std::string& name = "Sallyport Test");

    const std::string& rootPem() const { return root_pem_; }

    const crypto::Bytes& rootDer() const { return root_der_; }

    const crypto::Bytes& intermediateDer() const { return intermediate_der_; }

    AttestationLeaf issue(const LeafShape& shape) const;

  private:
    using Certificate = std::shared_ptr<X509>;

    crypto::PrivateKey root_key_;
    crypto::PrivateKey intermediate_key_;
    Certificate root_;
    Certificate intermediate_;
    std::string root_pem_;
    crypto::Bytes root_der_;
    crypto::Bytes intermediate_der_;
};

}  // namespace sallyport::test
