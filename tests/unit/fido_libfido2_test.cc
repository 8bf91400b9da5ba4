#include "fido/attestation_object.h"
#include "fido/libfido2.h"
#include "tests/support/fido_ceremonies.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::libfido2::Asserted;
using fido::libfido2::Attested;
using fido::libfido2::verifyAsserted;
using fido::libfido2::verifyAttested;
using test::Enrolment;
using test::failsWith;
using test::isOk;
using test::KeyModel;
using test::SignIn;

constexpr ErrorCode kRefused = ErrorCode::kInvalidRequest;

/// What libfido2 is asked about a registration, and what it is asked about.
struct Registration {
    explicit Registration(Enrolment& it)
        : response(it.respond()),
          object(fido::AttestationObject::parse(response.attestation_object).value()) {
        question.rp_id = test::kRpId;
        question.client_data_json = response.client_data_json;
        question.authenticator_data = object.authenticator_data;
        question.statement = object.statement;
        question.user_verification = true;
    }

    fido::RegistrationResponse response;
    fido::AttestationObject object;
    Attested question;
};

struct Assertion {
    explicit Assertion(SignIn& it)
        : response(it.respond()), key(fido::CoseKey::parse(it.stored.public_key).value()) {}

    Asserted question() const {
        return {test::kRpId,
                response.client_data_json,
                response.authenticator_data,
                response.signature,
                &key,
                true};
    }

    fido::AssertionResponse response;
    fido::CoseKey key;
};

TEST(Libfido2, R09RefusesAnotherRelyingParty) {
    Enrolment it;
    Registration made(it);
    ASSERT_THAT(verifyAttested(made.question), isOk());
    made.question.rp_id = "example.com";
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
}

TEST(Libfido2, R10RefusesWithoutUserPresence) {
    Enrolment it;
    it.key.faults().strip_user_present = true;
    EXPECT_THAT(verifyAttested(Registration(it).question), failsWith(kRefused));
}

TEST(Libfido2, R11LooksAtUserVerificationWhereItIsTold) {
    Enrolment it;
    it.key.faults().strip_user_verified = true;
    Registration made(it);
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.user_verification = false;
    EXPECT_THAT(verifyAttested(made.question), isOk());
}

TEST(Libfido2, R15RefusesAnotherAlgorithmThanTheCredentials) {
    Enrolment it;
    Registration made(it);
    made.question.algorithm = fido::Algorithm::kEdDsa;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
}

TEST(Libfido2, R17TellsCertificateAndSelfApart) {
    Enrolment packed;
    Registration by_certificate(packed);
    by_certificate.question.by_self = true;
    EXPECT_THAT(verifyAttested(by_certificate.question), failsWith(kRefused));
    KeyModel model;
    model.attestation = KeyModel::Attestation::kSelf;
    Enrolment self(model);
    Registration by_self(self);
    EXPECT_THAT(verifyAttested(by_self.question), failsWith(kRefused));
    by_self.question.by_self = true;
    EXPECT_THAT(verifyAttested(by_self.question), isOk());
}

TEST(Libfido2, R26RefusesExtensionOutputsThatItWasNotTold) {
    Enrolment it;
    it.ceremony.cred_protect = 3;
    it.ceremony.min_pin_length = true;
    Registration made(it);
    made.question.cred_protect = 3;
    made.question.min_pin_length = 4;
    ASSERT_THAT(verifyAttested(made.question), isOk());
    made.question.min_pin_length = 0;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.min_pin_length = 4;
    made.question.cred_protect = 2;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.cred_protect = 3;
    made.question.hmac_secret = true;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.hmac_secret = false;
    made.question.cred_blob = true;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
}

TEST(Libfido2, refusesRegistrationsThatItCannotRead) {
    Enrolment it;
    Registration made(it);
    const Bytes nothing;
    made.question.statement = nothing;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.statement = made.object.statement;
    made.question.authenticator_data = nothing;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
    made.question.authenticator_data = made.object.authenticator_data;
    made.question.client_data_json = nothing;
    EXPECT_THAT(verifyAttested(made.question), failsWith(kRefused));
}

TEST(Libfido2, A08RefusesAnotherRelyingParty) {
    SignIn it;
    const Assertion made(it);
    ASSERT_THAT(verifyAsserted(made.question()), isOk());
    Asserted question = made.question();
    question.rp_id = "example.com";
    EXPECT_THAT(verifyAsserted(question), failsWith(kRefused));
}

TEST(Libfido2, A09RefusesWithoutUserPresence) {
    SignIn it;
    it.faults().strip_user_present = true;
    EXPECT_THAT(verifyAsserted(Assertion(it).question()), failsWith(kRefused));
}

TEST(Libfido2, A10LooksAtUserVerificationWhereItIsTold) {
    SignIn it;
    it.faults().strip_user_verified = true;
    const Assertion made(it);
    Asserted question = made.question();
    EXPECT_THAT(verifyAsserted(question), failsWith(kRefused));
    question.user_verification = false;
    EXPECT_THAT(verifyAsserted(question), isOk());
}

TEST(Libfido2, A12RefusesAnotherSignature) {
    SignIn it;
    it.faults().junk_signature = true;
    EXPECT_THAT(verifyAsserted(Assertion(it).question()), failsWith(kRefused));
}

TEST(Libfido2, refusesAssertionsThatItCannotRead) {
    SignIn it;
    const Assertion made(it);
    const Bytes nothing;
    Asserted question = made.question();
    question.signature = nothing;
    EXPECT_THAT(verifyAsserted(question), failsWith(kRefused));
    question = made.question();
    question.authenticator_data = nothing;
    EXPECT_THAT(verifyAsserted(question), failsWith(kRefused));
    question = made.question();
    question.client_data_json = nothing;
    EXPECT_THAT(verifyAsserted(question), failsWith(kRefused));
}

}  // namespace

}  // namespace sallyport
