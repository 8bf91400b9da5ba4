#pragma once

#include "action/transcript.h"

#include <vector>

namespace sallyport::action {

/// Everything that it takes to verify one approval without the service: what was signed, with which
/// key, how that key was enrolled, and under which policy.
struct Evidence {
    EvidenceId id;
    Time at;  ///< when the approval was accepted
    Transcript transcript;
    Json policy;  ///< its canonical JSON has the policy digest of the action
    std::string rp_id;
    std::vector<std::string> origins;  ///< those that the client data may name

    struct Key {
        CredentialId id;
        Bytes webauthn_id;
        Bytes public_key;  ///< COSE_Key
        std::int64_t algorithm = 0;
        FixedBytes<16> aaguid{};
        std::string attestation;  ///< `none`, `self`, `unverified`, `verified`
        bool backup_eligible = false;

        friend bool operator==(const Key&, const Key&) = default;
    };

    Key key;
    Bytes attestation_object;  ///< of the enrolment
    Bytes enrolment_client_data_json;
    Bytes client_data_json;
    Bytes authenticator_data;
    Bytes signature;

    /// `{"at","credential","enrolment","id","origins","policy","response","rp_id","transcript",
    /// "v":1}`. Errors: kInvalidRequest.
    Result<Json> json() const;

    /// Strict. What fits together by itself is checked (the digests of action and policy); the
    /// signature is not. Errors: kInvalidRequest.
    static Result<Evidence> fromJson(const Json& json);

    friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// SHA-256 of the canonical JSON of an evidence document: what the event of the approval holds.
Result<Digest> evidenceHash(const Json& document);

}  // namespace sallyport::action
