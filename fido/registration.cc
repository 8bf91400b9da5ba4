#include "fido/registration.h"

#include "fido/attestation_object.h"
#include "fido/authenticator_data.h"
#include "fido/cbor.h"
#include "fido/ceremony_checks.h"
#include "fido/client_data.h"
#include "fido/libfido2.h"
#include "fido/response_json.h"

#include <algorithm>

namespace sallyport::fido {

namespace {

Result<RegistrationResponse> parseResponse(const Json& json) {
    RegistrationResponse parsed;
    SALLYPORT_TRY(parsed.id, credentialIdOf(json));
    SALLYPORT_TRY(const Json* inner, innerResponseOf(json));
    SALLYPORT_TRY(parsed.client_data_json, bytesMember(*inner, "clientDataJSON", kMostClientData));
    SALLYPORT_TRY(parsed.attestation_object,
                  bytesMember(*inner, "attestationObject", kMostAttestationObject));
    SALLYPORT_TRY(parsed.transports, transportsOf(*inner));
    return parsed;
}

constexpr std::size_t kLeastCredentialId = 16;
/// An empty CBOR map.
constexpr std::uint8_t kNoStatement = 0xa0;

/// What the authenticator said about the extensions that we know.
struct ExtensionOutputs {
    unsigned cred_protect = 0;
    unsigned min_pin_length = 0;
    bool hmac_secret = false;
    bool cred_blob = false;
};

Result<unsigned> numberBetween(const cbor::Item& item, std::int64_t least, std::int64_t most) {
    SALLYPORT_TRY(const std::int64_t number, item.integer());
    if (number < least || number > most) {
        return fail(ErrorCode::kInvalidRequest, "extension output out of range");
    }
    return static_cast<unsigned>(number);
}

/// CTAP 2.1 12.1, 12.2, 12.4, 12.5. Platforms ask for these without being told to; what else turns
/// up was asked for by nobody. Errors: kInvalidRequest.
Result<ExtensionOutputs> readExtensions(const AuthenticatorData& data) {
    ExtensionOutputs outputs;
    for (const auto& [name, encoded] : data.extensions) {
        SALLYPORT_TRY(const cbor::Item item, cbor::Item::parse(encoded));
        if (name == "credProtect") {
            SALLYPORT_TRY(outputs.cred_protect, numberBetween(item, 1, 3));
        } else if (name == "minPinLength") {
            SALLYPORT_TRY(outputs.min_pin_length, numberBetween(item, 4, 63));
        } else if (name == "hmac-secret") {
            SALLYPORT_TRY(outputs.hmac_secret, item.boolean());
        } else if (name == "credBlob") {
            SALLYPORT_TRY(outputs.cred_blob, item.boolean());
        } else {
            return fail(ErrorCode::kInvalidRequest, "extension output that was not asked for");
        }
    }
    return outputs;
}

}  // namespace

Judged<RegistrationResponse> RegistrationResponse::parse(const Json& json) {
    Result<RegistrationResponse> parsed = parseResponse(json);
    if (parsed.has_value()) return *std::move(parsed);
    return Refusal{"malformed_response", "7.1 steps 2 to 4 (R1)", parsed.error().detail};
}

/// The steps of WebAuthn L3 7.1 in their order; one object per response. README.md holds the table
/// of rows, and who but us does which.
class RegistrationProcedure {
  public:
    RegistrationProcedure(const RegistrationResponse& response,
                          const RegistrationExpectation& expected)
        : response_(response), expected_(expected) {}

    Judged<VerifiedRegistration> run() {
        if (Verdict refused = firstRefusal(*this, kSteps)) return *std::move(refused);
        return proof();
    }

  private:
    static const std::vector<Step<RegistrationProcedure>> kSteps;

    Verdict readClientData();

    Verdict type() { return checkType(*client_, "webauthn.create"); }

    Verdict challenge() { return checkChallenge(*client_, expected_.challenge); }

    Verdict origin() { return checkOrigin(*client_, expected_.origins); }

    Verdict embedding() { return checkEmbedding(*client_); }

    Verdict readAttestationObject();
    Verdict readAuthenticatorData();

    Verdict rpId() { return checkRpId(*data_, expected_.rp_id); }

    Verdict userPresent() { return checkUserPresent(*data_); }

    Verdict userVerified() { return checkUserVerified(*data_, expected_.user_verification); }

    Verdict backupState() { return checkBackupState(*data_); }

    Verdict backupEligibility();
    Verdict algorithm();
    Verdict extensions();
    Verdict format();
    Verdict statement();
    Verdict signature();
    Verdict certificate();

    Verdict notDenied() { return checkNotDenied(data_->credential->aaguid, *expected_.policy); }

    Verdict trust();
    Verdict credentialId();

    VerifiedRegistration proof() const;

    bool hasCertificate() const { return statement_.has_value() && !statement_->x5c.empty(); }

    const RegistrationResponse& response_;
    const RegistrationExpectation& expected_;

    // Each is there behind the step that reads it.
    std::optional<ClientData> client_;
    std::optional<AttestationObject> object_;
    std::optional<AuthenticatorData> data_;
    std::optional<CoseKey> key_;
    std::optional<ExtensionOutputs> extensions_;
    std::optional<PackedStatement> statement_;  ///< of format `packed`
    std::optional<AttestationCertificate> certificate_;
    Attestation attestation_ = Attestation::kNone;
};

using Procedure = RegistrationProcedure;

// Step 12, the hash of the client data, is done by libfido2 within step 22; the rest are ours, and
// libfido2 looks at those of steps 14, 15, 16 and 20 once more.
const std::vector<Step<Procedure>> Procedure::kSteps = {
    {"7.1 steps 5 and 6 (R2)", &Procedure::readClientData},
    {"7.1 step 7 (R3)", &Procedure::type},
    {"7.1 step 8 (R4)", &Procedure::challenge},
    {"7.1 step 9 (R5)", &Procedure::origin},
    {"7.1 steps 10 and 11 (R6)", &Procedure::embedding},
    {"7.1 step 13 (R8)", &Procedure::readAttestationObject},
    {"7.1 step 13 (R14)", &Procedure::readAuthenticatorData},
    {"7.1 step 14 (R9)", &Procedure::rpId},
    {"7.1 step 15 (R10)", &Procedure::userPresent},
    {"7.1 step 16 (R11)", &Procedure::userVerified},
    {"7.1 step 17 (R12)", &Procedure::backupState},
    {"7.1 steps 18 and 19 (R13)", &Procedure::backupEligibility},
    {"7.1 step 20 (R15)", &Procedure::algorithm},
    {"7.1 step 20 (R26)", &Procedure::extensions},
    {"7.1 step 21 (R16)", &Procedure::format},
    {"7.1 step 22, 8.2 (R17, R19)", &Procedure::statement},
    {"7.1 step 22 (R17)", &Procedure::signature},
    {"7.1 step 22, 8.2.1 (R18)", &Procedure::certificate},
    {"7.1 step 24 (R22, R23)", &Procedure::notDenied},
    {"7.1 steps 23 and 24 (R21, R23)", &Procedure::trust},
    {"7.1 step 25 (R24)", &Procedure::credentialId},
};

Verdict Procedure::readClientData() {
    return keep(ClientData::parse(response_.client_data_json), client_, "malformed_client_data");
}

Verdict Procedure::readAttestationObject() {
    return keep(
        AttestationObject::parse(response_.attestation_object), object_, "malformed_attestation");
}

Verdict Procedure::readAuthenticatorData() {
    if (Verdict refused = keep(AuthenticatorData::parse(object_->authenticator_data),
                               data_,
                               "malformed_authenticator_data")) {
        return refused;
    }
    if (data_->credential.has_value()) return {};
    return refuse("malformed_authenticator_data", "there is no credential in it");
}

Verdict Procedure::backupEligibility() {
    if (!data_->backup_eligible || expected_.policy->allow_backup_eligible) return {};
    return refuse("backup_eligible", "the credential may leave its device");
}

Verdict Procedure::algorithm() {
    if (Verdict refused =
            keep(CoseKey::parse(data_->credential->public_key), key_, "unsound_public_key")) {
        return refused;
    }
    const auto& offered = expected_.algorithms;
    if (std::find(offered.begin(), offered.end(), key_->algorithm()) != offered.end()) return {};
    return refuse("algorithm_not_offered", std::string(name(key_->algorithm())));
}

Verdict Procedure::extensions() {
    if (Verdict refused = keep(readExtensions(*data_), extensions_, "unexpected_extension")) {
        return refused;
    }
    if (extensions_->cred_protect < expected_.policy->min_cred_protect) {
        return refuse("weak_cred_protect", "credProtect is below the policy's level");
    }
    if (extensions_->min_pin_length < expected_.policy->min_pin_length) {
        return refuse("short_pin", "the authenticator allows shorter PINs than the policy");
    }
    return {};
}

Verdict Procedure::format() {
    if (object_->format == "packed") {
        return keep(
            PackedStatement::parse(object_->statement), statement_, "malformed_attestation");
    }
    if (object_->format != "none") {
        return refuse("attestation_format", "a format that is not verified here");
    }
    if (!expected_.policy->allow_none) return refuse("attestation_format", "none");
    // WebAuthn L3 8.7: nothing may stand in it.
    if (object_->statement == Bytes{kNoStatement}) return {};
    return refuse("malformed_attestation", "format none with a statement");
}

/// WebAuthn L3 8.2. libfido2 takes a statement without `alg` for ES256 (PackedStatement does not),
/// knows algorithms that we do not want, and for self attestation looks at no `alg` at all.
Verdict Procedure::statement() {
    if (!statement_.has_value()) return {};
    const std::optional<Algorithm> algorithm = algorithmFromCose(statement_->algorithm);
    if (hasCertificate()) {
        if (algorithm.has_value()) return {};
        return refuse("attestation_algorithm", "signed by an algorithm that is not verified here");
    }
    if (!expected_.policy->allow_self) return refuse("attestation_format", "self");
    if (algorithm == key_->algorithm()) return {};
    return refuse("attestation_algorithm", "alg is not that of the credential");
}

Verdict Procedure::signature() {
    if (!statement_.has_value()) return {};
    libfido2::Attested attested;
    attested.rp_id = expected_.rp_id;
    attested.client_data_json = response_.client_data_json;
    attested.authenticator_data = object_->authenticator_data;
    attested.statement = object_->statement;
    attested.by_self = !hasCertificate();
    attested.algorithm = key_->algorithm();
    attested.user_verification = expected_.user_verification == UserVerification::kRequired;
    attested.cred_protect = extensions_->cred_protect;
    attested.min_pin_length = extensions_->min_pin_length;
    attested.hmac_secret = extensions_->hmac_secret;
    attested.cred_blob = extensions_->cred_blob;
    const Status verified = libfido2::verifyAttested(attested);
    if (verified.has_value()) return {};
    return refuse("bad_attestation_signature", verified.error().detail);
}

Verdict Procedure::certificate() {
    if (!hasCertificate()) return {};
    auto judged = checkAttestationCertificate(statement_->x5c.front(), data_->credential->aaguid);
    if (Refusal* const refused = std::get_if<Refusal>(&judged)) return std::move(*refused);
    certificate_ = std::get<AttestationCertificate>(std::move(judged));
    return {};
}

Verdict Procedure::trust() {
    if (!statement_.has_value()) return {};
    attestation_ = Attestation::kSelf;
    if (!hasCertificate()) return {};
    auto judged = checkAttestationTrust(statement_->x5c,
                                        data_->credential->aaguid,
                                        *certificate_,
                                        *expected_.policy,
                                        expected_.now);
    if (Refusal* const refused = std::get_if<Refusal>(&judged)) return std::move(*refused);
    attestation_ = std::get<Attestation>(judged);
    return {};
}

Verdict Procedure::credentialId() {
    const Bytes& id = data_->credential->id;
    if (id.size() < kLeastCredentialId || id.size() > kMostCredentialId) {
        return refuse("credential_id", "its length is not from 16 to 1023 bytes");
    }
    if (id != response_.id) return refuse("credential_id", "the response names another");
    return {};
}

VerifiedRegistration Procedure::proof() const {
    VerifiedRegistration proof;
    proof.credential_id_ = data_->credential->id;
    proof.public_key_ = data_->credential->public_key;
    proof.algorithm_ = key_->algorithm();
    proof.aaguid_ = data_->credential->aaguid;
    proof.sign_count_ = data_->sign_count;
    proof.user_verified_ = data_->user_verified;
    proof.backup_eligible_ = data_->backup_eligible;
    proof.backed_up_ = data_->backed_up;
    proof.transports_ = response_.transports;
    proof.attestation_ = attestation_;
    proof.origin_ = client_->origin;
    proof.cred_protect_ = extensions_->cred_protect;
    proof.min_pin_length_ = extensions_->min_pin_length;
    proof.certificate_ = certificate_;
    return proof;
}

Judged<VerifiedRegistration> verifyRegistration(const RegistrationResponse& response,
                                                const RegistrationExpectation& expected) {
    SALLYPORT_ASSERT(expected.policy != nullptr);
    return RegistrationProcedure(response, expected).run();
}

}  // namespace sallyport::fido
