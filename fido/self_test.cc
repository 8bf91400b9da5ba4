#include "fido/self_test.h"

#include "base/base64url.h"
#include "fido/assertion.h"
#include "fido/attestation_object.h"
#include "fido/authenticator_data.h"
#include "fido/libfido2.h"
#include "fido/registration.h"
#include "fido/self_test_vectors.h"

#include <array>

namespace sallyport::fido {

namespace {

using vectors::Pair;

constexpr const char* kOtherRpId = "example.com";
/// 2026-01-01: within the validity of the certificates, whatever the clock says.
constexpr Time kNow = Time(std::chrono::seconds(1767225600));

Error drift(std::string_view pair, std::string_view name) {
    return fail(ErrorCode::kIntegrity,
                "FIDO self-test: " + std::string(pair) + ": " + std::string(name));
}

Result<Bytes> decoded(std::string_view text) {
    constexpr std::size_t kMost = 4096;
    return base64url::decode(text, kMost);
}

/// A pair of vectors as the verifiers take them.
struct Ceremonies {
    AttestationPolicy policy;
    AttestationObject object;
    PackedStatement statement;
    AuthenticatorData registration_data;
    RegistrationResponse registration;
    RegistrationExpectation registration_expected;
    AssertionResponse assertion;
    AssertionExpectation assertion_expected;
    StoredCredential stored;

    Ceremonies() = default;
    Ceremonies(const Ceremonies&) = delete;
    Ceremonies& operator=(const Ceremonies&) = delete;
};

Status readRegistration(const Pair& pair, Ceremonies& it) {
    SALLYPORT_TRY(it.registration.client_data_json, decoded(pair.registration_client_data));
    SALLYPORT_TRY(it.registration.attestation_object, decoded(pair.attestation_object));
    SALLYPORT_TRY(it.object, AttestationObject::parse(it.registration.attestation_object));
    SALLYPORT_TRY(it.statement, PackedStatement::parse(it.object.statement));
    SALLYPORT_TRY(it.registration_data, AuthenticatorData::parse(it.object.authenticator_data));
    SALLYPORT_ASSERT(it.registration_data.credential.has_value());
    it.registration.id = it.registration_data.credential->id;

    SALLYPORT_TRY(Bytes root, decoded(vectors::kRoot));
    it.policy.allow_self = true;
    it.policy.allow_backup_eligible = true;
    it.policy.authenticators = {
        {it.registration_data.credential->aaguid, "self-test", {std::move(root)}, {}, {}}};
    RegistrationExpectation& expected = it.registration_expected;
    expected.rp_id = "example.org";
    expected.origins = {"https://example.org"};
    SALLYPORT_TRY(expected.challenge, decoded(pair.registration_challenge));
    expected.user_verification = UserVerification::kDiscouraged;
    expected.algorithms = {Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kEs384};
    expected.policy = &it.policy;
    expected.now = kNow;
    return {};
}

Status readAssertion(const Pair& pair, Ceremonies& it) {
    SALLYPORT_TRY(const CoseKey key, CoseKey::parse(it.registration_data.credential->public_key));
    it.stored.id = it.registration.id;
    it.stored.public_key = it.registration_data.credential->public_key;
    it.stored.algorithm = key.algorithm();
    it.stored.aaguid = it.registration_data.credential->aaguid;
    it.stored.backup_eligible = it.registration_data.backup_eligible;

    it.assertion.id = it.registration.id;
    SALLYPORT_TRY(it.assertion.client_data_json, decoded(pair.assertion_client_data));
    SALLYPORT_TRY(it.assertion.authenticator_data, decoded(pair.authenticator_data));
    SALLYPORT_TRY(it.assertion.signature, decoded(pair.signature));
    it.assertion_expected.rp_id = it.registration_expected.rp_id;
    it.assertion_expected.origins = it.registration_expected.origins;
    SALLYPORT_TRY(it.assertion_expected.challenge, decoded(pair.assertion_challenge));
    it.assertion_expected.user_verification = UserVerification::kDiscouraged;
    it.assertion_expected.policy = &it.policy;
    return {};
}

Status read(const Pair& pair, Ceremonies& it) {
    SALLYPORT_CHECK(readRegistration(pair, it));
    return readAssertion(pair, it);
}

/// Something wrong, and the code that must refuse it.
struct Wrong {
    const char* name;
    const char* code;
    void (*bend)(Ceremonies& it);
};

constexpr std::array<Wrong, 7> kWrongRegistrations = {{
    {"another challenge",
     "wrong_challenge",
     [](Ceremonies& it) { it.registration_expected.challenge[0] ^= 1; }},
    {"another origin",
     "wrong_origin",
     [](Ceremonies& it) { it.registration_expected.origins = {"https://example.com"}; }},
    {"another relying party",
     "wrong_rp_id",
     [](Ceremonies& it) { it.registration_expected.rp_id = kOtherRpId; }},
    {"an algorithm that was not offered",
     "algorithm_not_offered",
     [](Ceremonies& it) { it.registration_expected.algorithms = {Algorithm::kRs256}; }},
    {"client data that were not attested",
     "bad_attestation_signature",
     [](Ceremonies& it) { it.registration.client_data_json.push_back(' '); }},
    {"bytes behind the attestation object",
     "malformed_attestation",
     [](Ceremonies& it) { it.registration.attestation_object.push_back(0); }},
    {"a denied model",
     "authenticator_denied",
     [](Ceremonies& it) { it.policy.authenticators.front().denied = "self-test"; }},
}};

constexpr std::size_t kFlags = 32;

constexpr std::array<Wrong, 13> kWrongAssertions = {{
    {"another challenge",
     "wrong_challenge",
     [](Ceremonies& it) { it.assertion_expected.challenge[0] ^= 1; }},
    {"another origin",
     "wrong_origin",
     [](Ceremonies& it) { it.assertion_expected.origins = {"https://example.com"}; }},
    {"another relying party",
     "wrong_rp_id",
     [](Ceremonies& it) { it.assertion_expected.rp_id = kOtherRpId; }},
    {"client data of a registration",
     "wrong_type",
     [](Ceremonies& it) {
         it.assertion.client_data_json = it.registration.client_data_json;
         it.assertion_expected.challenge = it.registration_expected.challenge;
     }},
    {"client data that are no JSON",
     "malformed_client_data",
     [](Ceremonies& it) { it.assertion.client_data_json.pop_back(); }},
    {"client data that were not signed",
     "bad_signature",
     [](Ceremonies& it) { it.assertion.client_data_json.push_back(' '); }},
    {"reserved flags",
     "malformed_authenticator_data",
     [](Ceremonies& it) { it.assertion.authenticator_data[kFlags] |= 0x20; }},
    {"a credential that is not there",
     "malformed_authenticator_data",
     [](Ceremonies& it) { it.assertion.authenticator_data[kFlags] |= 0x40; }},
    {"bytes behind the authenticator data",
     "malformed_authenticator_data",
     [](Ceremonies& it) { it.assertion.authenticator_data.resize(41); }},
    {"no user presence",
     "user_not_present",
     [](Ceremonies& it) { it.assertion.authenticator_data[kFlags] &= 0xfe; }},
    {"a backup of what has none",
     "backup_flags",
     [](Ceremonies& it) {
         it.assertion.authenticator_data[kFlags] |= 0x10;
         it.assertion.authenticator_data[kFlags] &= 0xf7;
     }},
    {"an eligibility that changed",
     "backup_flags",
     [](Ceremonies& it) { it.stored.backup_eligible = !it.stored.backup_eligible; }},
    {"a counter that fell", "counter_regression", [](Ceremonies& it) { it.stored.sign_count = 1; }},
}};

template <class T>
bool isRefused(const Judged<T>& judged, std::string_view code) {
    const Refusal* const refusal = std::get_if<Refusal>(&judged);
    return refusal != nullptr && refusal->code == code;
}

Status checkVerifiers(const Pair& pair) {
    Ceremonies right;
    SALLYPORT_CHECK(read(pair, right));
    const auto registered = verifyRegistration(right.registration, right.registration_expected);
    if (!std::holds_alternative<VerifiedRegistration>(registered)) {
        return drift(pair.name, "the registration is refused");
    }
    const auto asserted = verifyAssertion(right.assertion, right.stored, right.assertion_expected);
    if (!std::holds_alternative<VerifiedAssertion>(asserted)) {
        return drift(pair.name, "the assertion is refused");
    }
    for (const Wrong& wrong : kWrongRegistrations) {
        Ceremonies it;
        SALLYPORT_CHECK(read(pair, it));
        wrong.bend(it);
        if (!isRefused(verifyRegistration(it.registration, it.registration_expected), wrong.code)) {
            return drift(pair.name, wrong.name);
        }
    }
    for (const Wrong& wrong : kWrongAssertions) {
        Ceremonies it;
        SALLYPORT_CHECK(read(pair, it));
        wrong.bend(it);
        if (!isRefused(verifyAssertion(it.assertion, it.stored, it.assertion_expected),
                       wrong.code)) {
            return drift(pair.name, wrong.name);
        }
    }
    return {};
}

libfido2::Attested attestedOf(const Ceremonies& it) {
    libfido2::Attested attested;
    attested.rp_id = it.registration_expected.rp_id;
    attested.client_data_json = it.registration.client_data_json;
    attested.authenticator_data = it.object.authenticator_data;
    attested.statement = it.object.statement;
    attested.by_self = it.statement.x5c.empty();
    attested.algorithm = it.stored.algorithm;
    return attested;
}

libfido2::Asserted assertedOf(const Ceremonies& it, const CoseKey& key) {
    return {it.assertion_expected.rp_id,
            it.assertion.client_data_json,
            it.assertion.authenticator_data,
            it.assertion.signature,
            &key};
}

/// What libfido2 looks at besides us; the signatures have been seen to by checkVerifiers().
Status checkLibrary(const Pair& pair) {
    Ceremonies it;
    SALLYPORT_CHECK(read(pair, it));
    libfido2::Attested attested = attestedOf(it);
    attested.user_verification = true;
    if (libfido2::verifyAttested(attested).has_value() != it.registration_data.user_verified) {
        return drift(pair.name, "libfido2 does not look at UV of a registration");
    }
    attested = attestedOf(it);
    attested.rp_id = kOtherRpId;
    if (libfido2::verifyAttested(attested).has_value()) {
        return drift(pair.name, "libfido2 accepts a registration for another relying party");
    }

    SALLYPORT_TRY(const CoseKey key, CoseKey::parse(it.stored.public_key));
    SALLYPORT_TRY(const AuthenticatorData data,
                  AuthenticatorData::parse(it.assertion.authenticator_data));
    libfido2::Asserted asserted = assertedOf(it, key);
    asserted.user_verification = true;
    if (libfido2::verifyAsserted(asserted).has_value() != data.user_verified) {
        return drift(pair.name, "libfido2 does not look at UV of an assertion");
    }
    asserted = assertedOf(it, key);
    asserted.rp_id = kOtherRpId;
    if (libfido2::verifyAsserted(asserted).has_value()) {
        return drift(pair.name, "libfido2 accepts an assertion for another relying party");
    }
    return {};
}

Status checkUserPresence() {
    Ceremonies it;
    SALLYPORT_CHECK(read(vectors::kUserNotPresent, it));
    SALLYPORT_TRY(const CoseKey key, CoseKey::parse(it.stored.public_key));
    if (libfido2::verifyAttested(attestedOf(it)).has_value() ||
        libfido2::verifyAsserted(assertedOf(it, key)).has_value()) {
        return drift(vectors::kUserNotPresent.name, "libfido2 does not look at UP");
    }
    return {};
}

}  // namespace

Status selfTest() {
    for (const Pair& pair : vectors::kSpecification) {
        SALLYPORT_CHECK(checkVerifiers(pair));
        SALLYPORT_CHECK(checkLibrary(pair));
    }
    return checkUserPresence();
}

}  // namespace sallyport::fido
