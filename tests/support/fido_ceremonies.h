#pragma once

#include "fido/assertion.h"
#include "fido/registration.h"
#include "tests/support/virtual_key/browser.h"

#include <gmock/gmock.h>

#include <functional>
#include <ostream>

namespace sallyport::fido {

inline void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.code << " at " << refusal.step << ": " << refusal.detail;
}

}  // namespace sallyport::fido

/// A virtual key that enrols and signs in, judged by fido. All is right as it stands; a test bends
/// one thing.
namespace sallyport::test {

inline constexpr const char* kRpId = "example.org";
inline constexpr const char* kOrigin = "https://login.example.org";

template <class T>
const fido::Refusal* refusalOf(const fido::Judged<T>& judged) {
    return std::get_if<fido::Refusal>(&judged);
}

/// `EXPECT_THAT(judged, accepted());`
MATCHER(accepted, "is accepted") {
    const fido::Refusal* const refusal = refusalOf(arg);
    if (refusal != nullptr) {
        *result_listener << "refused as " << testing::PrintToString(*refusal);
    }
    return refusal == nullptr;
}

/// `EXPECT_THAT(judged, refusedAs("wrong_origin", "R5"));` with the code and the row of README.md
/// that refused.
MATCHER_P2(refusedAs, code, row, "is refused as " + std::string(code) + " by " + std::string(row)) {
    const fido::Refusal* const refusal = refusalOf(arg);
    if (refusal == nullptr) return false;
    *result_listener << "refused as " << testing::PrintToString(*refusal);
    const std::string rows = refusal->step.substr(refusal->step.find('(') + 1);
    const std::size_t at = rows.find(row);
    return refusal->code == code && at != std::string::npos &&
           std::string(",)").find(rows[at + std::string(row).size()]) != std::string::npos;
}

/// One ceremony of enrolment.
struct Enrolment {
    explicit Enrolment(KeyModel model = {}) : key(std::move(model)) {
        ceremony.challenge = crypto::random(32);
        ceremony.origin = kOrigin;
        ceremony.rp_id = kRpId;
        ceremony.user_id = crypto::random(16);
        ceremony.algorithms = {crypto::kEs256};
        policy.authenticators.push_back(
            {key.model().aaguid, "Test key", {key.authority().rootDer()}, {}, {}});
        expected.rp_id = kRpId;
        expected.origins = {"https://console.example.org", kOrigin};
        expected.challenge = ceremony.challenge;
        expected.algorithms = fido::defaultAlgorithms();
        expected.now = Time(std::chrono::hours(24 * 365 * 56));
    }

    Enrolment(const Enrolment&) = delete;
    Enrolment& operator=(const Enrolment&) = delete;

    /// What the browser would send.
    fido::RegistrationResponse respond() {
        const BrowserRegistration made = registration(key, ceremony);
        return {made.id, made.client_data_json, made.attestation_object, made.transports};
    }

    fido::Judged<fido::VerifiedRegistration> judge(const fido::RegistrationResponse& response) {
        expected.policy = &policy;
        return fido::verifyRegistration(response, expected);
    }

    fido::Judged<fido::VerifiedRegistration> judge() { return judge(respond()); }

    VirtualKey key;
    BrowserCeremony ceremony;
    fido::AttestationPolicy policy;
    fido::RegistrationExpectation expected;
};

/// One ceremony of signing in with a key that enrolled before.
struct SignIn {
    explicit SignIn(int algorithm = crypto::kEs256) {
        enrolment.ceremony.algorithms = {algorithm};
        enrolment.expected.algorithms.push_back(static_cast<fido::Algorithm>(algorithm));
        const auto judged = enrolment.judge();
        const auto& enrolled = std::get<fido::VerifiedRegistration>(judged);
        stored.id = enrolled.credentialId();
        stored.public_key = enrolled.publicKey();
        stored.algorithm = enrolled.algorithm();
        stored.aaguid = enrolled.aaguid();
        stored.sign_count = enrolled.signCount();
        stored.backup_eligible = enrolled.backupEligible();
        stored.user_handle = enrolment.ceremony.user_id;
        ceremony = enrolment.ceremony;
        ceremony.challenge = crypto::random(32);
        ceremony.allow = {stored.id};
        expected.rp_id = kRpId;
        expected.origins = enrolment.expected.origins;
        expected.challenge = ceremony.challenge;
    }

    fido::AssertionResponse respond() {
        const BrowserAssertion made = assertion(enrolment.key, ceremony);
        return {made.id,
                made.client_data_json,
                made.authenticator_data,
                made.signature,
                made.user_handle};
    }

    fido::Judged<fido::VerifiedAssertion> judge(const fido::AssertionResponse& response) {
        expected.policy = &enrolment.policy;
        return fido::verifyAssertion(response, stored, expected);
    }

    fido::Judged<fido::VerifiedAssertion> judge() { return judge(respond()); }

    Faults& faults() { return enrolment.key.faults(); }

    Enrolment enrolment;
    BrowserCeremony ceremony;
    fido::StoredCredential stored;
    fido::AssertionExpectation expected;
};

/// Client data as a browser writes it, with other JSON in place of what is given.
inline std::string clientDataText(const BrowserCeremony& ceremony,
                                  const std::string& type,
                                  const std::string& more = "") {
    return R"({"type":")" + type + R"(","challenge":")" + crypto::base64url(ceremony.challenge) +
           R"(","origin":")" + ceremony.origin + "\"" + more + "}";
}

}  // namespace sallyport::test
