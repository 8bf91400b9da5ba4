#include "fido/registration.h"
#include "tests/support/fido_ceremonies.h"

#include <gtest/gtest.h>

// What attests a credential: the rows of formats, statements and models.
namespace sallyport {

namespace {

using fido::Attestation;
using fido::VerifiedRegistration;
using test::accepted;
using test::Enrolment;
using test::KeyModel;
using test::refusedAs;

KeyModel modelOf(KeyModel::Attestation attestation) {
    KeyModel model;
    model.attestation = attestation;
    return model;
}

TEST(Registration, R16RefusesOtherFormats) {
    for (const char* format :
         {"tpm", "android-key", "android-safetynet", "apple", "compound", "Packed", ""}) {
        Enrolment it;
        it.policy.allow_none = true;
        it.policy.allow_self = true;
        it.key.faults().format = format;
        EXPECT_THAT(it.judge(), refusedAs("attestation_format", "R16")) << format;
    }
}

TEST(Registration, R16TakesNoAttestationOnlyWherePolicyDoes) {
    Enrolment it(modelOf(KeyModel::Attestation::kNone));
    EXPECT_THAT(it.judge(), refusedAs("attestation_format", "R16"));
    it.policy.allow_none = true;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedRegistration>(judged).attestation(), Attestation::kNone);
}

TEST(Registration, R16RefusesAStatementThatAttestsNothing) {
    Enrolment it;
    it.policy.allow_none = true;
    it.key.faults().format = "none";
    EXPECT_THAT(it.judge(), refusedAs("malformed_attestation", "R16"));
}

TEST(Registration, R16RefusesAPackedStatementThatIsNotStrict) {
    Enrolment it;
    it.key.faults().bend_x5c = [](std::vector<Bytes>& x5c) { x5c.clear(); };
    EXPECT_THAT(it.judge(), refusedAs("malformed_attestation", "R16"));
}

TEST(Registration, R17RefusesABadSignature) {
    for (const auto attestation : {KeyModel::Attestation::kPacked, KeyModel::Attestation::kSelf}) {
        Enrolment it(modelOf(attestation));
        it.policy.allow_self = true;
        it.key.faults().junk_signature = true;
        EXPECT_THAT(it.judge(), refusedAs("bad_attestation_signature", "R17"));
    }
}

TEST(Registration, R17RefusesAStatementThatNamesNoAlgorithm) {
    Enrolment it;
    it.key.faults().statement_without_algorithm = true;
    EXPECT_THAT(it.judge(), refusedAs("malformed_attestation", "R16"));
}

TEST(Registration, R17RefusesAStatementAlgorithmThatIsNotOurs) {
    Enrolment it;
    it.key.faults().statement_algorithm = -65535;  // RS1, which libfido2 knows
    EXPECT_THAT(it.judge(), refusedAs("attestation_algorithm", "R17"));
}

TEST(Registration, R17RefusesAStatementAlgorithmThatIsNotTheCertificates) {
    Enrolment it;
    it.key.faults().statement_algorithm = test::crypto::kEdDsa;
    EXPECT_THAT(it.judge(), refusedAs("bad_attestation_signature", "R17"));
}

TEST(Registration, R18RefusesACertificateOfAnotherModel) {
    Enrolment it;
    it.key.faults().wrong_certificate_aaguid = true;
    EXPECT_THAT(it.judge(), refusedAs("aaguid_mismatch", "R18"));
}

TEST(Registration, R19TakesSelfAttestationOnlyWherePolicyDoes) {
    Enrolment it(modelOf(KeyModel::Attestation::kSelf));
    EXPECT_THAT(it.judge(), refusedAs("attestation_format", "R19"));
    it.policy.allow_self = true;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedRegistration>(judged).attestation(), Attestation::kSelf);
    EXPECT_FALSE(std::get<VerifiedRegistration>(judged).certificate().has_value());
}

TEST(Registration, R19RefusesSelfAttestationWithAnotherAlgorithm) {
    for (const int number : {-8, -257, -65535}) {
        Enrolment it(modelOf(KeyModel::Attestation::kSelf));
        it.policy.allow_self = true;
        it.key.faults().statement_algorithm = number;
        EXPECT_THAT(it.judge(), refusedAs("attestation_algorithm", "R19")) << number;
    }
}

TEST(Registration, R20RefusesKeysWithoutUserVerification) {
    Enrolment it;
    it.policy.allow_none = true;
    it.key.faults().format = "fido-u2f";
    EXPECT_THAT(it.judge(), refusedAs("attestation_format", "R16"));
}

TEST(Registration, R21RefusesAnotherRoot) {
    RecordProperty("requirement", "F-05");
    Enrolment it;
    it.policy.authenticators.front().roots = {test::AttestationAuthority("Other").rootDer()};
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(Registration, R22RefusesADeniedModelInEveryFormat) {
    RecordProperty("requirement", "F-05");
    for (const auto attestation : {KeyModel::Attestation::kPacked,
                                   KeyModel::Attestation::kSelf,
                                   KeyModel::Attestation::kNone}) {
        Enrolment it(modelOf(attestation));
        it.policy.allow_self = true;
        it.policy.allow_none = true;
        it.policy.authenticators.front().denied = "USER_VERIFICATION_BYPASS";
        const auto judged = it.judge();
        EXPECT_THAT(judged, refusedAs("authenticator_denied", "R22"));
        EXPECT_THAT(test::refusalOf(judged)->detail,
                    testing::HasSubstr("USER_VERIFICATION_BYPASS"));
    }
}

TEST(Registration, R23SaysThatTheAttestationWasVerified) {
    RecordProperty("requirement", "F-04");
    Enrolment it;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    const auto& proof = std::get<VerifiedRegistration>(judged);
    EXPECT_EQ(proof.attestation(), Attestation::kVerified);
    ASSERT_TRUE(proof.certificate().has_value());
}

}  // namespace

}  // namespace sallyport
