#include "fido/registration.h"
#include "tests/support/fido_ceremonies.h"
#include "tests/support/virtual_key/cbor.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::Algorithm;
using fido::VerifiedRegistration;
using test::accepted;
using test::Enrolment;
using test::KeyModel;
using test::refusedAs;
using test::cbor::Writer;

KeyModel modelOf(KeyModel::Attestation attestation) {
    KeyModel model;
    model.attestation = attestation;
    return model;
}

TEST(Registration, acceptsWhatIsRight) {
    RecordProperty("requirement", "F-01");
    Enrolment it;
    EXPECT_THAT(it.judge(), accepted());
}

TEST(Registration, R02RefusesClientDataThatIsNotStrict) {
    Enrolment it;
    it.ceremony.client_data =
        test::clientDataText(it.ceremony, "webauthn.create", R"(,"type":"webauthn.create")");
    EXPECT_THAT(it.judge(), refusedAs("malformed_client_data", "R2"));
}

TEST(Registration, R02TakesAByteOrderMarkAndUnknownMembers) {
    Enrolment it;
    it.ceremony.client_data =
        "\xef\xbb\xbf" +
        test::clientDataText(
            it.ceremony, "webauthn.create", R"(,"other_keys_can_be_added_here":[1.5e30,{"a":{}}])");
    EXPECT_THAT(it.judge(), accepted());
}

TEST(Registration, R03RefusesAnotherType) {
    for (const char* type : {"webauthn.get", "webauthn.Create", "payment.get", ""}) {
        Enrolment it;
        it.ceremony.type = type;
        EXPECT_THAT(it.judge(), refusedAs("wrong_type", "R3")) << type;
    }
}

TEST(Registration, R04RefusesAnotherChallenge) {
    Enrolment it;
    it.ceremony.challenge.back() ^= 1;
    EXPECT_THAT(it.judge(), refusedAs("wrong_challenge", "R4"));
}

TEST(Registration, R04RefusesAPartOfTheChallenge) {
    Enrolment it;
    it.ceremony.challenge.pop_back();
    EXPECT_THAT(it.judge(), refusedAs("wrong_challenge", "R4"));
}

TEST(Registration, R05RefusesAnotherOrigin) {
    for (const char* origin : {"https://evil.example",
                               "http://login.example.org",
                               "https://login.example.org:443",
                               "https://login.example.org/",
                               "https://sub.login.example.org",
                               "https://LOGIN.example.org",
                               "login.example.org",
                               "null",
                               "",
                               "https://login.example.org\\u0000"}) {
        Enrolment it;
        it.ceremony.origin = origin;
        it.ceremony.client_data = test::clientDataText(it.ceremony, "webauthn.create");
        EXPECT_THAT(it.judge(), refusedAs("wrong_origin", "R5")) << origin;
    }
}

TEST(Registration, R05TakesEachExpectedOriginAndSaysWhich) {
    for (const char* origin : {test::kOrigin, "https://console.example.org"}) {
        Enrolment it;
        it.ceremony.origin = origin;
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted()) << origin;
        EXPECT_EQ(std::get<VerifiedRegistration>(judged).origin(), origin);
    }
}

TEST(Registration, R06RefusesAnEmbeddedPage) {
    Enrolment cross;
    cross.ceremony.cross_origin = true;
    EXPECT_THAT(cross.judge(), refusedAs("cross_origin", "R6"));
    Enrolment top;
    top.ceremony.more_members = R"(,"topOrigin":"https://login.example.org")";
    EXPECT_THAT(top.judge(), refusedAs("cross_origin", "R6"));
}

TEST(Registration, R06TakesAnAbsentCrossOrigin) {
    Enrolment it;
    it.ceremony.cross_origin.reset();
    EXPECT_THAT(it.judge(), accepted());
}

TEST(Registration, R07RefusesClientDataThatWereNotSigned) {
    Enrolment it;
    auto response = it.respond();
    response.client_data_json.push_back(' ');
    EXPECT_THAT(it.judge(response), refusedAs("bad_attestation_signature", "R17"));
}

TEST(Registration, R08RefusesAnAttestationObjectThatIsNotStrict) {
    Enrolment it;
    auto response = it.respond();
    response.attestation_object.push_back(0);
    EXPECT_THAT(it.judge(response), refusedAs("malformed_attestation", "R8"));
}

TEST(Registration, R09RefusesAnotherRelyingParty) {
    for (const auto attestation : {KeyModel::Attestation::kPacked, KeyModel::Attestation::kNone}) {
        Enrolment it(modelOf(attestation));
        it.policy.allow_none = true;
        it.key.faults().wrong_rp_id_hash = true;
        EXPECT_THAT(it.judge(), refusedAs("wrong_rp_id", "R9"));
    }
}

TEST(Registration, R10RefusesWithoutUserPresence) {
    for (const auto attestation : {KeyModel::Attestation::kPacked, KeyModel::Attestation::kNone}) {
        Enrolment it(modelOf(attestation));
        it.policy.allow_none = true;
        it.key.faults().strip_user_present = true;
        EXPECT_THAT(it.judge(), refusedAs("user_not_present", "R10"));
    }
}

TEST(Registration, R11RefusesWithoutUserVerificationWhereItIsRequired) {
    for (const auto attestation : {KeyModel::Attestation::kPacked, KeyModel::Attestation::kNone}) {
        Enrolment it(modelOf(attestation));
        it.policy.allow_none = true;
        it.key.faults().strip_user_verified = true;
        EXPECT_THAT(it.judge(), refusedAs("user_not_verified", "R11"));
    }
}

TEST(Registration, R11SaysWhetherTheUserWasVerifiedWhereItIsNotRequired) {
    for (const bool verified : {true, false}) {
        Enrolment it;
        it.expected.user_verification = fido::UserVerification::kPreferred;
        it.key.faults().strip_user_verified = !verified;
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted());
        EXPECT_EQ(std::get<VerifiedRegistration>(judged).userVerified(), verified);
    }
}

TEST(Registration, R12RefusesABackupOfWhatHasNone) {
    Enrolment it;
    it.policy.allow_backup_eligible = true;
    it.key.faults().backup_state = true;
    EXPECT_THAT(it.judge(), refusedAs("backup_flags", "R12"));
}

TEST(Registration, R13RefusesSyncedPasskeys) {
    Enrolment it;
    it.key.faults().backup_eligible = true;
    EXPECT_THAT(it.judge(), refusedAs("backup_eligible", "R13"));
}

TEST(Registration, R13TakesSyncedPasskeysWherePolicyDoes) {
    for (const bool backed_up : {true, false}) {
        Enrolment it;
        it.policy.allow_backup_eligible = true;
        it.key.faults().backup_eligible = true;
        it.key.faults().backup_state = backed_up;
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted());
        EXPECT_TRUE(std::get<VerifiedRegistration>(judged).backupEligible());
        EXPECT_EQ(std::get<VerifiedRegistration>(judged).backedUp(), backed_up);
    }
}

TEST(Registration, R14RefusesAuthenticatorDataThatAreNotStrict) {
    for (const int flag : {0x02, 0x20}) {
        Enrolment it;
        it.key.faults().more_flags = static_cast<std::uint8_t>(flag);
        EXPECT_THAT(it.judge(), refusedAs("malformed_authenticator_data", "R14")) << flag;
    }
    Enrolment it;
    it.key.faults().trailing = {0, 0, 0, 0};
    EXPECT_THAT(it.judge(), refusedAs("malformed_authenticator_data", "R14"));
}

TEST(Registration, R14RefusesAuthenticatorDataWithoutACredential) {
    Enrolment it(modelOf(KeyModel::Attestation::kNone));
    it.policy.allow_none = true;
    it.key.faults().bend_auth_data = [](Bytes& data) {
        data.resize(37);
        data[32] &= 0xbf;
    };
    EXPECT_THAT(it.judge(), refusedAs("malformed_authenticator_data", "R14"));
}

TEST(Registration, R15TakesWhatWasOfferedAndNothingElse) {
    for (const int offered :
         {test::crypto::kEs256, test::crypto::kEdDsa, test::crypto::kEs384, test::crypto::kRs256}) {
        const auto algorithm = static_cast<Algorithm>(offered);
        Enrolment it;
        it.ceremony.algorithms = {offered};
        it.expected.algorithms = {algorithm};
        const auto judged = it.judge();
        ASSERT_THAT(judged, accepted()) << offered;
        EXPECT_EQ(std::get<VerifiedRegistration>(judged).algorithm(), algorithm);

        it.expected.algorithms = {Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kEs384};
        if (algorithm != Algorithm::kRs256) it.expected.algorithms = {Algorithm::kRs256};
        EXPECT_THAT(it.judge(), refusedAs("algorithm_not_offered", "R15")) << offered;
    }
}

TEST(Registration, R15OffersTwoAlgorithmsByDefault) {
    EXPECT_EQ(fido::defaultAlgorithms(),
              (std::vector<Algorithm>{Algorithm::kEs256, Algorithm::kEdDsa}));
}

TEST(Registration, R15RefusesAnUnsoundPublicKey) {
    Enrolment it(modelOf(KeyModel::Attestation::kNone));
    it.policy.allow_none = true;
    it.key.faults().bend_cose_key = [](Bytes& key) { key.back() ^= 1; };
    EXPECT_THAT(it.judge(), refusedAs("unsound_public_key", "R15"));
}

TEST(Registration, R24BoundsTheCredentialId) {
    for (const std::size_t size : {16U, 1023U}) {
        KeyModel model;
        model.credential_id_size = size;
        EXPECT_THAT(Enrolment(model).judge(), accepted()) << size;
    }
    for (const std::size_t size : {0U, 15U, 1024U}) {
        KeyModel model = modelOf(KeyModel::Attestation::kNone);
        model.credential_id_size = size;
        Enrolment it(model);
        it.policy.allow_none = true;
        EXPECT_THAT(it.judge(), refusedAs("credential_id", "R24")) << size;
    }
}

TEST(Registration, R24RefusesAResponseThatNamesAnotherCredential) {
    Enrolment it;
    auto response = it.respond();
    response.id.back() ^= 1;
    EXPECT_THAT(it.judge(response), refusedAs("credential_id", "R24"));
}

TEST(Registration, R26ShowsAndDemandsCredProtect) {
    Enrolment it;
    it.ceremony.cred_protect = 2;
    it.policy.min_cred_protect = 2;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedRegistration>(judged).credProtect(), 2U);
    it.policy.min_cred_protect = 3;
    EXPECT_THAT(it.judge(), refusedAs("weak_cred_protect", "R26"));
    it.ceremony.cred_protect.reset();
    it.policy.min_cred_protect = 1;
    EXPECT_THAT(it.judge(), refusedAs("weak_cred_protect", "R26"));
}

TEST(Registration, R26ShowsAndDemandsTheLeastPin) {
    RecordProperty("requirement", "F-10");
    KeyModel model;
    model.min_pin_length = 6;
    Enrolment it(model);
    it.ceremony.min_pin_length = true;
    it.policy.min_pin_length = 6;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<VerifiedRegistration>(judged).minPinLength(), 6U);
    it.policy.min_pin_length = 7;
    EXPECT_THAT(it.judge(), refusedAs("short_pin", "R26"));
}

/// Authenticator data that end in this extension map.
std::function<void(Bytes&)> withExtensions(const Bytes& map) {
    return [map](Bytes& data) {
        data[32] |= 0x80;
        data.insert(data.end(), map.begin(), map.end());
    };
}

TEST(Registration, R26TakesWhatPlatformsAskForByThemselves) {
    for (const bool answer : {true, false}) {
        for (const char* name : {"hmac-secret", "credBlob"}) {
            Enrolment it;
            it.key.faults().bend_auth_data =
                withExtensions(Writer().map(1).text(name).boolean(answer).done());
            EXPECT_THAT(it.judge(), accepted()) << name << answer;
        }
    }
}

TEST(Registration, R26RefusesOtherExtensionOutputs) {
    const std::vector<std::pair<const char*, Bytes>> outputs = {
        {"unknown name", Writer().map(1).text("unheardOf").boolean(true).done()},
        {"no such level", Writer().map(1).text("credProtect").integer(0).done()},
        {"a level too much", Writer().map(1).text("credProtect").integer(4).done()},
        {"PIN of 3", Writer().map(1).text("minPinLength").integer(3).done()},
        {"PIN of 64", Writer().map(1).text("minPinLength").integer(64).done()},
        {"PIN of text", Writer().map(1).text("minPinLength").text("6").done()},
        {"a secret", Writer().map(1).text("hmac-secret").bytes({1, 2}).done()},
        {"a blob", Writer().map(1).text("credBlob").bytes({1, 2}).done()},
    };
    for (const auto& [name, map] : outputs) {
        Enrolment it(modelOf(KeyModel::Attestation::kNone));
        it.policy.allow_none = true;
        it.key.faults().bend_auth_data = withExtensions(map);
        EXPECT_THAT(it.judge(), refusedAs("unexpected_extension", "R26")) << name;
    }
}

TEST(Registration, R27HandsOverAllThatIsStored) {
    Enrolment it;
    it.key.setCounter(40);
    const auto response = it.respond();
    const auto judged = it.judge(response);
    ASSERT_THAT(judged, accepted());
    const auto& proof = std::get<VerifiedRegistration>(judged);
    const auto& made = it.key.credentials().back();
    EXPECT_EQ(proof.credentialId(), made.id);
    EXPECT_EQ(proof.publicKey(), test::crypto::coseKey(made.key, made.algorithm));
    EXPECT_EQ(proof.algorithm(), Algorithm::kEs256);
    EXPECT_EQ(proof.aaguid(), it.key.model().aaguid);
    EXPECT_EQ(proof.signCount(), 41U);
    EXPECT_TRUE(proof.userVerified());
    EXPECT_FALSE(proof.backupEligible());
    EXPECT_FALSE(proof.backedUp());
    EXPECT_EQ(proof.transports(), std::vector<std::string>{"usb"});
    EXPECT_EQ(proof.origin(), test::kOrigin);
    EXPECT_EQ(proof.credProtect(), 0U);
    EXPECT_EQ(proof.minPinLength(), 0U);
}

}  // namespace

}  // namespace sallyport
