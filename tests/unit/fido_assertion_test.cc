#include "fido/assertion.h"
#include "tests/support/fido_ceremonies.h"
#include "tests/support/virtual_key/cbor.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::Algorithm;
using fido::VerifiedAssertion;
using test::accepted;
using test::refusedAs;
using test::SignIn;

TEST(Assertion, acceptsWhatIsRightWithEveryAlgorithm) {
    RecordProperty("requirement", "F-01");
    for (const int algorithm :
         {test::crypto::kEs256, test::crypto::kEdDsa, test::crypto::kEs384, test::crypto::kRs256}) {
        SignIn it(algorithm);
        EXPECT_THAT(it.judge(), accepted()) << algorithm;
        it.faults().junk_signature = true;
        EXPECT_THAT(it.judge(), refusedAs("bad_signature", "A12")) << algorithm;
    }
}

TEST(Assertion, A01RefusesAnotherCredential) {
    SignIn it;
    auto response = it.respond();
    response.id.back() ^= 1;
    EXPECT_THAT(it.judge(response), refusedAs("wrong_credential", "A1"));
}

TEST(Assertion, A02RefusesAnotherUser) {
    SignIn it;
    auto response = it.respond();
    ASSERT_TRUE(response.user_handle.has_value());
    response.user_handle->back() ^= 1;
    EXPECT_THAT(it.judge(response), refusedAs("wrong_user", "A2"));
}

TEST(Assertion, A02TakesAResponseThatNamesNoUser) {
    SignIn it;
    auto response = it.respond();
    response.user_handle.reset();
    EXPECT_THAT(it.judge(response), accepted());
}

TEST(Assertion, A03RefusesClientDataThatAreNotStrict) {
    SignIn it;
    it.ceremony.client_data =
        test::clientDataText(it.ceremony, "webauthn.get", R"(,"crossOrigin":"false")");
    EXPECT_THAT(it.judge(), refusedAs("malformed_client_data", "A3"));
}

TEST(Assertion, A04RefusesAnotherType) {
    for (const char* type : {"webauthn.create", "payment.get", "WEBAUTHN.GET"}) {
        SignIn it;
        it.ceremony.type = type;
        EXPECT_THAT(it.judge(), refusedAs("wrong_type", "A4")) << type;
    }
}

TEST(Assertion, A05RefusesAnotherChallenge) {
    SignIn it;
    it.ceremony.challenge.front() ^= 0x80;
    EXPECT_THAT(it.judge(), refusedAs("wrong_challenge", "A5"));
}

TEST(Assertion, A06RefusesAnotherOrigin) {
    for (const char* origin : {"https://evil.example",
                               "sallyport-cli:https://login.example.org",
                               "https://example.org"}) {
        SignIn it;
        it.ceremony.origin = origin;
        EXPECT_THAT(it.judge(), refusedAs("wrong_origin", "A6")) << origin;
    }
}

TEST(Assertion, A06TakesTheOriginOfTheCeremonysChannelAndSaysIt) {
    SignIn it;
    it.ceremony.origin = "sallyport-cli:https://login.example.org";
    it.expected.origins = {it.ceremony.origin};
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedAssertion>(judged).origin(), it.ceremony.origin);
}

TEST(Assertion, A06RefusesAnEmbeddedPage) {
    SignIn cross;
    cross.ceremony.cross_origin = true;
    EXPECT_THAT(cross.judge(), refusedAs("cross_origin", "A6"));
    SignIn top;
    top.ceremony.more_members = R"(,"topOrigin":"https://evil.example")";
    EXPECT_THAT(top.judge(), refusedAs("cross_origin", "A6"));
}

TEST(Assertion, A07RefusesAuthenticatorDataThatAreNotStrict) {
    SignIn trailing;
    trailing.faults().trailing = {0, 0, 0, 0};
    EXPECT_THAT(trailing.judge(), refusedAs("malformed_authenticator_data", "A7"));
    SignIn reserved;
    reserved.faults().more_flags = 0x20;
    EXPECT_THAT(reserved.judge(), refusedAs("malformed_authenticator_data", "A7"));
}

TEST(Assertion, A07RefusesAuthenticatorDataWithACredential) {
    SignIn it;
    it.faults().bend_auth_data = [&](Bytes& data) {
        data[32] |= 0x40;
        data.resize(37 + 16);  // an AAGUID, an id without bytes, a key
        data.insert(data.end(), {0, 0});
        data.insert(data.end(), it.stored.public_key.begin(), it.stored.public_key.end());
    };
    EXPECT_THAT(it.judge(), refusedAs("malformed_authenticator_data", "A7"));
}

TEST(Assertion, A08RefusesAnotherRelyingParty) {
    SignIn it;
    it.faults().wrong_rp_id_hash = true;
    EXPECT_THAT(it.judge(), refusedAs("wrong_rp_id", "A8"));
}

TEST(Assertion, A09RefusesWithoutUserPresence) {
    RecordProperty("requirement", "U-08");
    SignIn it;
    it.faults().strip_user_present = true;
    EXPECT_THAT(it.judge(), refusedAs("user_not_present", "A9"));
}

TEST(Assertion, A10RefusesWithoutUserVerificationWhereItIsRequired) {
    SignIn it;
    it.faults().strip_user_verified = true;
    EXPECT_THAT(it.judge(), refusedAs("user_not_verified", "A10"));
}

TEST(Assertion, A10SaysWhetherTheUserWasVerified) {
    RecordProperty("requirement", "F-03");
    for (const bool verified : {true, false}) {
        SignIn it;
        it.expected.user_verification = fido::UserVerification::kDiscouraged;
        it.faults().strip_user_verified = !verified;
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted());
        EXPECT_EQ(std::get<VerifiedAssertion>(judged).userVerified(), verified);
    }
}

TEST(Assertion, A11RefusesABackupOfWhatHasNone) {
    SignIn it;
    it.faults().backup_state = true;
    EXPECT_THAT(it.judge(), refusedAs("backup_flags", "A11"));
}

TEST(Assertion, A11RefusesAnEligibilityThatChanged) {
    SignIn it;
    it.faults().backup_eligible = true;
    EXPECT_THAT(it.judge(), refusedAs("backup_flags", "A11"));
    it.stored.backup_eligible = true;
    EXPECT_THAT(it.judge(), accepted());
    it.faults().backup_eligible = false;
    EXPECT_THAT(it.judge(), refusedAs("backup_flags", "A11"));
}

TEST(Assertion, A11SaysWhetherItIsBackedUp) {
    for (const bool backed_up : {true, false}) {
        SignIn it;
        it.stored.backup_eligible = true;
        it.faults().backup_eligible = true;
        it.faults().backup_state = backed_up;
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted());
        EXPECT_EQ(std::get<VerifiedAssertion>(judged).backedUp(), backed_up);
    }
}

TEST(Assertion, A12RefusesAnotherKeysSignature) {
    SignIn it;
    SignIn other;
    it.stored.public_key = other.stored.public_key;
    EXPECT_THAT(it.judge(), refusedAs("bad_signature", "A12"));
}

TEST(Assertion, A12RefusesClientDataThatWereNotSigned) {
    SignIn it;
    auto response = it.respond();
    response.client_data_json.push_back('\n');
    EXPECT_THAT(it.judge(response), refusedAs("bad_signature", "A12"));
}

TEST(Assertion, A12RefusesAnEmptySignature) {
    SignIn it;
    auto response = it.respond();
    response.signature.clear();
    EXPECT_THAT(it.judge(response), refusedAs("bad_signature", "A12"));
}

TEST(Assertion, A14RefusesACounterThatDoesNotRise) {
    RecordProperty("requirement", "F-09");

    struct Case {
        std::uint32_t stored;
        std::uint32_t presented;
        bool passes;
    };

    for (const Case each : {Case{0, 0, true},
                            Case{0, 1, true},
                            Case{7, 8, true},
                            Case{7, 0xffffffff, true},
                            Case{7, 7, false},
                            Case{7, 6, false},
                            Case{7, 0, false},
                            Case{0xffffffff, 0, false}}) {
        SignIn it;
        it.stored.sign_count = each.stored;
        it.faults().counter = each.presented;
        const auto judged = it.judge();
        if (each.passes) {
            ASSERT_THAT(judged, accepted()) << each.stored << " then " << each.presented;
            EXPECT_EQ(std::get<VerifiedAssertion>(judged).signCount(), each.presented);
        } else {
            EXPECT_THAT(judged, refusedAs("counter_regression", "A14"))
                << each.stored << " then " << each.presented;
        }
    }
}

TEST(Assertion, A14BlamesTheCounterOnlyWhenAllElseIsRight) {
    SignIn it;
    it.stored.sign_count = 1000;
    it.faults().junk_signature = true;
    EXPECT_THAT(it.judge(), refusedAs("bad_signature", "A12"));
    it.faults().junk_signature = false;
    it.faults().unknown_extension = true;
    EXPECT_THAT(it.judge(), refusedAs("unexpected_extension", "A15"));
}

TEST(Assertion, A15RefusesExtensionOutputs) {
    SignIn it;
    it.faults().unknown_extension = true;
    EXPECT_THAT(it.judge(), refusedAs("unexpected_extension", "A15"));
}

TEST(Assertion, A17RefusesAModelThatWasDeniedLater) {
    RecordProperty("requirement", "F-05");
    SignIn it;
    it.enrolment.policy.authenticators.front().denied = "REVOKED";
    EXPECT_THAT(it.judge(), refusedAs("authenticator_denied", "A17"));
}

TEST(Assertion, A18RefusesAStoredKeyThatIsUnsoundOrOfAnotherAlgorithm) {
    SignIn unsound;
    unsound.stored.public_key.back() ^= 1;
    EXPECT_THAT(unsound.judge(), refusedAs("unsound_public_key", "A18"));
    SignIn other;
    other.stored.algorithm = Algorithm::kEdDsa;
    EXPECT_THAT(other.judge(), refusedAs("unsound_public_key", "A18"));
}

TEST(Assertion, saysWhichCredentialSigned) {
    SignIn it;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedAssertion>(judged).credentialId(), it.stored.id);
}

}  // namespace

}  // namespace sallyport
