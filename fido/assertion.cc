#include "fido/assertion.h"

#include "fido/authenticator_data.h"
#include "fido/ceremony_checks.h"
#include "fido/client_data.h"
#include "fido/libfido2.h"
#include "fido/response_json.h"

namespace sallyport::fido {

namespace {

Result<AssertionResponse> parseResponse(const Json& json) {
    AssertionResponse parsed;
    SALLYPORT_TRY(parsed.id, credentialIdOf(json));
    SALLYPORT_TRY(const Json* inner, innerResponseOf(json));
    SALLYPORT_TRY(parsed.client_data_json, bytesMember(*inner, "clientDataJSON", kMostClientData));
    SALLYPORT_TRY(parsed.authenticator_data,
                  bytesMember(*inner, "authenticatorData", kMostAuthenticatorData));
    SALLYPORT_TRY(parsed.signature, bytesMember(*inner, "signature", kMostSignature));
    const Json* const handle = inner->find("userHandle");
    if (handle != nullptr && !handle->isNull()) {
        SALLYPORT_TRY(parsed.user_handle, bytesMember(*inner, "userHandle", kMostUserHandle));
    }
    return parsed;
}

}  // namespace

Judged<AssertionResponse> AssertionResponse::parse(const Json& json) {
    Result<AssertionResponse> parsed = parseResponse(json);
    if (parsed.has_value()) return *std::move(parsed);
    return Refusal{"malformed_response", "7.2 steps 2 to 4 (R1)", parsed.error().detail};
}

/// The steps of WebAuthn L3 7.2 in their order; one object per response. README.md holds the table
/// of rows, and who but us does which.
class AssertionProcedure {
  public:
    AssertionProcedure(const AssertionResponse& response,
                       const StoredCredential& stored,
                       const AssertionExpectation& expected)
        : response_(response), stored_(stored), expected_(expected) {}

    Judged<VerifiedAssertion> run() {
        if (Verdict refused = firstRefusal(*this, kSteps)) return *std::move(refused);
        return proof();
    }

  private:
    static const std::vector<Step<AssertionProcedure>> kSteps;

    Verdict credential();
    Verdict userHandle();

    Verdict notDenied() { return checkNotDenied(stored_.aaguid, *expected_.policy); }

    Verdict readClientData();

    Verdict type() { return checkType(*client_, "webauthn.get"); }

    Verdict challenge() { return checkChallenge(*client_, expected_.challenge); }

    Verdict origin() { return checkOrigin(*client_, expected_.origins); }

    Verdict embedding() { return checkEmbedding(*client_); }

    Verdict readAuthenticatorData();

    Verdict rpId() { return checkRpId(*data_, expected_.rp_id); }

    Verdict userPresent() { return checkUserPresent(*data_); }

    Verdict userVerified() { return checkUserVerified(*data_, expected_.user_verification); }

    Verdict backupState() { return checkBackupState(*data_); }

    Verdict backupEligibility();
    Verdict key();
    Verdict signature();
    Verdict extensions();
    Verdict counter();

    VerifiedAssertion proof() const;

    const AssertionResponse& response_;
    const StoredCredential& stored_;
    const AssertionExpectation& expected_;

    // Each is there behind the step that reads it.
    std::optional<ClientData> client_;
    std::optional<AuthenticatorData> data_;
    std::optional<CoseKey> key_;
};

using Procedure = AssertionProcedure;

// Step 20, the hash of the client data, is done by libfido2 within step 21; the rest are ours, and
// libfido2 looks at those of steps 15, 16 and 17 once more. The counter comes last: its refusal
// says that the key may have been copied, which only a response that is right in all else can say.
const std::vector<Step<Procedure>> Procedure::kSteps = {
    {"7.2 step 5 (A1)", &Procedure::credential},
    {"7.2 step 6 (A2)", &Procedure::userHandle},
    {"7.2 step 7 (A17)", &Procedure::notDenied},
    {"7.2 steps 8 and 9 (A3)", &Procedure::readClientData},
    {"7.2 step 10 (A4)", &Procedure::type},
    {"7.2 step 11 (A5)", &Procedure::challenge},
    {"7.2 step 12 (A6)", &Procedure::origin},
    {"7.2 steps 13 and 14 (A6)", &Procedure::embedding},
    {"7.2 step 15 (A7)", &Procedure::readAuthenticatorData},
    {"7.2 step 15 (A8)", &Procedure::rpId},
    {"7.2 step 16 (A9)", &Procedure::userPresent},
    {"7.2 step 17 (A10)", &Procedure::userVerified},
    {"7.2 step 18 (A11)", &Procedure::backupState},
    {"7.2 step 19 (A11)", &Procedure::backupEligibility},
    {"7.2 step 21 (A18)", &Procedure::key},
    {"7.2 step 21 (A12)", &Procedure::signature},
    {"7.2 step 23 (A15)", &Procedure::extensions},
    {"7.2 step 22 (A14)", &Procedure::counter},
};

Verdict Procedure::credential() {
    if (response_.id == stored_.id) return {};
    return refuse("wrong_credential", "the response is of another credential");
}

Verdict Procedure::userHandle() {
    if (!response_.user_handle.has_value() || *response_.user_handle == stored_.user_handle) {
        return {};
    }
    return refuse("wrong_user", "the credential was made for another account");
}

Verdict Procedure::readClientData() {
    return keep(ClientData::parse(response_.client_data_json), client_, "malformed_client_data");
}

Verdict Procedure::readAuthenticatorData() {
    if (Verdict refused = keep(AuthenticatorData::parse(response_.authenticator_data),
                               data_,
                               "malformed_authenticator_data")) {
        return refused;
    }
    if (!data_->credential.has_value()) return {};
    return refuse("malformed_authenticator_data", "there is a credential in it");
}

/// The flag never changes in the life of a credential.
Verdict Procedure::backupEligibility() {
    if (data_->backup_eligible == stored_.backup_eligible) return {};
    return refuse("backup_flags", "flag BE is not what it was at registration");
}

/// The algorithm is the stored one; the key must be sound and of that algorithm.
Verdict Procedure::key() {
    if (Verdict refused = keep(CoseKey::parse(stored_.public_key), key_, "unsound_public_key")) {
        return refused;
    }
    if (key_->algorithm() == stored_.algorithm) return {};
    return refuse("unsound_public_key", "the stored key is not of the stored algorithm");
}

Verdict Procedure::signature() {
    const Status verified =
        libfido2::verifyAsserted({expected_.rp_id,
                                  response_.client_data_json,
                                  response_.authenticator_data,
                                  response_.signature,
                                  &*key_,
                                  expected_.user_verification == UserVerification::kRequired});
    if (verified.has_value()) return {};
    return refuse("bad_signature", verified.error().detail);
}

/// We ask for none.
Verdict Procedure::extensions() {
    if (data_->extensions.empty()) return {};
    return refuse("unexpected_extension", "extension output that was not asked for");
}

/// Either it counts and rises, or it stays zero for ever.
Verdict Procedure::counter() {
    if (data_->sign_count == 0 && stored_.sign_count == 0) return {};
    if (data_->sign_count > stored_.sign_count) return {};
    return refuse("counter_regression", "the counter did not rise");
}

VerifiedAssertion Procedure::proof() const {
    VerifiedAssertion proof;
    proof.credential_id_ = stored_.id;
    proof.sign_count_ = data_->sign_count;
    proof.user_verified_ = data_->user_verified;
    proof.backed_up_ = data_->backed_up;
    proof.origin_ = client_->origin;
    return proof;
}

Judged<VerifiedAssertion> verifyAssertion(const AssertionResponse& response,
                                          const StoredCredential& stored,
                                          const AssertionExpectation& expected) {
    SALLYPORT_ASSERT(expected.policy != nullptr);
    return AssertionProcedure(response, stored, expected).run();
}

}  // namespace sallyport::fido
