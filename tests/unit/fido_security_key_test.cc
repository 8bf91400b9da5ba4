#include "tests/support/virtual_key/cbor.h"
#include "tests/unit/fido_security_key_person.h"

#include <fido.h>

namespace sallyport::test {
namespace {

using testing::ElementsAre;

class SecurityKey : public Person {
  protected:
    SecurityKey() : device_(slots_.add()) { device_.key().setPin("123456"); }

    VirtualDevice& device_;
};

/// libfido2's verdict about an attestation object, fed with its parts.
int verdictOn(const fido::NewCredential& made, int algorithm) {
    const auto object = cbor::parse(made.attestation_object);
    if (!object || object->items.size() != 6) return FIDO_ERR_INVALID_CBOR;
    if (object->at("attStmt")->at("sig") == nullptr) return FIDO_ERR_INVALID_SIG;
    fido_cred_t* cred = fido_cred_new();
    fido_cred_set_type(cred, algorithm);
    fido_cred_set_rp(cred, "example.test", nullptr);
    fido_cred_set_clientdata(cred, made.client_data_json.data(), made.client_data_json.size());
    const Bytes& auth_data = object->at("authData")->bytes;
    fido_cred_set_authdata_raw(cred, auth_data.data(), auth_data.size());
    fido_cred_set_fmt(cred, object->at("fmt")->text.c_str());
    const auto& statement = *object->at("attStmt");
    const Bytes& signature = statement.at("sig")->bytes;
    fido_cred_set_sig(cred, signature.data(), signature.size());
    const cbor::Value* x5c = statement.at("x5c");
    if (x5c != nullptr) {
        fido_cred_set_x509(cred, x5c->items[0].bytes.data(), x5c->items[0].bytes.size());
    }
    const int result = x5c != nullptr ? fido_cred_verify(cred) : fido_cred_verify_self(cred);
    fido_cred_free(&cred);
    return result;
}

TEST_F(SecurityKey, makesACredentialThatItsMakerAttests) {
    pins_ = {"123456"};
    const auto answer = keys().makeCredential(wanted());
    ASSERT_TRUE(wentWell(answer));
    const auto& made = std::get<fido::NewCredential>(answer);
    ASSERT_EQ(device_.key().credentials().size(), 1u);
    EXPECT_EQ(made.id, device_.key().credentials()[0].id);
    EXPECT_TRUE(device_.key().credentials()[0].resident);
    EXPECT_EQ(verdictOn(made, COSE_EDDSA), FIDO_OK);
    EXPECT_EQ(made.client_data_json, wanted().client_data_json);
    EXPECT_THAT(made.transports, ElementsAre("usb"));
    EXPECT_EQ(made.device.path, device_.path());
    EXPECT_THAT(seen_, ElementsAre(Step::kTouch));
    const auto object = cbor::parse(made.attestation_object);
    EXPECT_EQ(object->at("authData")->bytes[32], 0x45) << "present, verified, attested";
    EXPECT_EQ(object->at("attStmt")->at("x5c")->items.size(), 2u) << "the whole chain";
}

TEST_F(SecurityKey, carriesEveryAttestationFormatAsItIs) {
    for (const auto kind : {KeyModel::Attestation::kSelf, KeyModel::Attestation::kNone}) {
        device_.key().changeModel().attestation = kind;
        pins_ = {"123456"};
        const auto answer = keys().makeCredential(wanted());
        ASSERT_TRUE(wentWell(answer));
        const auto& made = std::get<fido::NewCredential>(answer);
        const auto object = cbor::parse(made.attestation_object);
        ASSERT_TRUE(object);
        const bool self = kind == KeyModel::Attestation::kSelf;
        EXPECT_EQ(object->at("fmt")->text, self ? "packed" : "none");
        EXPECT_EQ(object->at("attStmt")->items.size(), self ? 4u : 0u);
        EXPECT_EQ(verdictOn(made, COSE_EDDSA) == FIDO_OK, self);
    }
}

TEST_F(SecurityKey, asksForTheExtensionsAndTheirOutputsAreSigned) {
    pins_ = {"123456"};
    auto request = wanted();
    request.cred_protect = 3;
    request.min_pin_length = true;
    const auto answer = keys().makeCredential(request);
    ASSERT_TRUE(wentWell(answer));
    const auto object = cbor::parse(std::get<fido::NewCredential>(answer).attestation_object);
    const Bytes& auth_data = object->at("authData")->bytes;
    EXPECT_EQ(auth_data[32], 0xc5);
    const auto outputs =
        cbor::Writer().map(2).text("credProtect").integer(3).text("minPinLength").integer(4).done();
    EXPECT_EQ(Bytes(auth_data.end() - static_cast<std::ptrdiff_t>(outputs.size()), auth_data.end()),
              outputs);
    EXPECT_EQ(device_.key().credentials()[0].protection, 3);
}

TEST_F(SecurityKey, takesTheFirstAlgorithmThatItKnows) {
    device_.key().changeModel().algorithms = {crypto::kEs256};
    pins_ = {"123456", "123456"};
    ASSERT_TRUE(wentWell(keys().makeCredential(wanted())));
    EXPECT_EQ(device_.key().credentials()[0].algorithm, crypto::kEs256);
    auto request = wanted();
    request.algorithms = {fido::Algorithm::kRs256};
    EXPECT_EQ(troubleIn(keys().makeCredential(request)), Trouble::kUnsupported);
    EXPECT_EQ(asked_.size(), 1u) << "before a PIN is typed for nothing";
}

TEST_F(SecurityKey, makesAnAssertionThatVerifies) {
    pins_ = {"123456", "123456"};
    const auto made = keys().makeCredential(wanted());
    ASSERT_TRUE(wentWell(made));
    const Bytes id = std::get<fido::NewCredential>(made).id;
    const auto answer = keys().getAssertion(shown({Bytes(48, 9), id}));
    ASSERT_TRUE(wentWell(answer));
    const auto& all = std::get<std::vector<fido::KeyAssertion>>(answer);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].id, id);
    EXPECT_EQ(all[0].user_handle, wanted().user_id);
    ASSERT_EQ(all[0].authenticator_data.size(), 37u) << "without its CBOR head";
    EXPECT_EQ(all[0].authenticator_data[32], 0x05);
    Bytes message = all[0].authenticator_data;
    const Bytes hash = crypto::sha256(all[0].client_data_json);
    message.insert(message.end(), hash.begin(), hash.end());
    // Ed25519 signatures have one value.
    EXPECT_EQ(all[0].signature,
              crypto::sign(device_.key().credentials()[0].key, crypto::kEdDsa, message));
}

TEST_F(SecurityKey, showsEachAccountWhereNoneIsNamed) {
    for (const std::uint8_t user : {std::uint8_t{1}, std::uint8_t{2}}) {
        BrowserCeremony page;
        page.rp_id = "example.test";
        page.user_id = Bytes(16, user);
        registration(device_.key(), page);
    }
    pins_ = {"123456"};
    const auto answer = keys().getAssertion(shown());
    ASSERT_TRUE(wentWell(answer));
    const auto& all = std::get<std::vector<fido::KeyAssertion>>(answer);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].user_handle, Bytes(16, 2));
    EXPECT_EQ(all[1].user_handle, Bytes(16, 1));
    EXPECT_THAT(seen_, ElementsAre(Step::kTouch)) << "one touch for both";
}

TEST_F(SecurityKey, doesNotAskForAPinThatNobodyWants) {
    const Bytes id = enrolled(device_);
    auto request = shown({id});
    request.user_verification = fido::UserVerification::kDiscouraged;
    ASSERT_TRUE(wentWell(keys().getAssertion(request)));
    EXPECT_TRUE(asked_.empty());
    device_.key().changeModel().always_uv = true;
    pins_ = {"123456"};
    ASSERT_TRUE(wentWell(keys().getAssertion(request)));
    EXPECT_EQ(asked_.size(), 1u) << "but for one that the key wants";
    device_.key().changeModel().always_uv = false;
    request.user_verification = fido::UserVerification::kPreferred;
    pins_ = {"123456"};
    ASSERT_TRUE(wentWell(keys().getAssertion(request)));
    EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(SecurityKey, tellsWhatItIs) {
    device_.key().changeModel().min_pin_length = 6;
    device_.key().changeModel().always_uv = true;
    device_.key().pin().retries = 5;
    const auto answer = keys().info(device_.path());
    ASSERT_TRUE(wentWell(answer));
    const auto& info = std::get<fido::KeyInfo>(answer);
    EXPECT_EQ(info.aaguid, KeyModel().aaguid);
    EXPECT_EQ(info.firmware, "5.7.1");
    EXPECT_TRUE(info.supports_pin);
    EXPECT_TRUE(info.pin_set);
    EXPECT_EQ(info.pin_retries, 5);
    EXPECT_EQ(info.min_pin_length, 6u);
    EXPECT_TRUE(info.always_verifies);
    EXPECT_FALSE(info.reads_fingers);
    EXPECT_FALSE(info.pin_change_forced);
    EXPECT_THAT(info.algorithms, ElementsAre(-7, -8, -35, -257));
    EXPECT_EQ(info.device.product, "Virtual Key");
}

TEST_F(SecurityKey, refusesToBeEnrolledTwice) {
    auto request = wanted();
    request.exclude = {Bytes(48, 7), enrolled(device_)};
    pins_ = {"123456"};
    EXPECT_EQ(troubleIn(keys().makeCredential(request)), Trouble::kAlreadyEnrolled);
}

TEST_F(SecurityKey, saysThatItIsNotEnrolledOrFull) {
    pins_ = {"123456", "123456", "123456"};
    EXPECT_EQ(troubleIn(keys().getAssertion(shown())), Trouble::kNoCredential);
    EXPECT_EQ(troubleIn(keys().getAssertion(shown({Bytes(48, 3)}))), Trouble::kNoCredential);
    device_.key().changeModel().resident_capacity = 0;
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kFull);
}

TEST_F(SecurityKey, isDeclinedOrForgottenByThePerson) {
    pins_ = {"123456", "123456"};
    device_.setFaults(touching(LinkFaults::Touch::kRefused));
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kDeclined);
    device_.setFaults(touching(LinkFaults::Touch::kNever));
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kTimedOut);
}

TEST_F(SecurityKey, stopsBlinkingWhenTheTimeIsOver) {
    pins_ = {"123456"};
    time_out_ = std::chrono::milliseconds(150);
    device_.setFaults(touching(LinkFaults::Touch::kWaits));
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kTimedOut);
    EXPECT_EQ(device_.cancelled(), 1);
    EXPECT_TRUE(device_.key().credentials().empty());
}

TEST_F(SecurityKey, isCancelledFromAnotherThread) {
    pins_ = {"123456"};
    device_.setFaults(touching(LinkFaults::Touch::kWaits));
    auto made = std::async(std::launch::async, [this] { return keys().makeCredential(wanted()); });
    ASSERT_TRUE(device_.waitUntilBlinking());
    stop_.request_stop();
    EXPECT_EQ(troubleIn(made.get()), Trouble::kCancelled);
    EXPECT_EQ(device_.cancelled(), 1);
    EXPECT_TRUE(device_.key().credentials().empty());
}

TEST_F(SecurityKey, isCancelledBeforeItBegins) {
    pins_ = {"123456"};
    stop_.request_stop();
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kCancelled);
    EXPECT_EQ(device_.key().pin().retries, 8);
    EXPECT_TRUE(device_.key().credentials().empty());
}

TEST_F(SecurityKey, runsIntoTheTimeOutWhenCancelIsIgnored) {
    pins_ = {"123456"};
    time_out_ = std::chrono::milliseconds(150);
    LinkFaults faults = touching(LinkFaults::Touch::kWaits);
    faults.ignores_cancel = true;
    device_.setFaults(faults);
    auto made = std::async(std::launch::async, [this] { return keys().makeCredential(wanted()); });
    ASSERT_TRUE(device_.waitUntilBlinking());
    stop_.request_stop();
    EXPECT_EQ(troubleIn(made.get()), Trouble::kCancelled) << "and never hangs";
}

TEST_F(SecurityKey, isPulledWhileItBlinks) {
    pins_ = {"123456"};
    device_.setFaults(touching(LinkFaults::Touch::kWaits));
    auto made = std::async(std::launch::async, [this] { return keys().makeCredential(wanted()); });
    ASSERT_TRUE(device_.waitUntilBlinking());
    device_.pull();
    EXPECT_EQ(troubleIn(made.get()), Trouble::kPulled);
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kNoKey);
}

TEST_F(SecurityKey, isPulledAtAnyReport) {
    int reports = 0;
    for (bool done = false; !done; ++reports) {
        ASSERT_LT(reports, 200);
        device_.insert();
        LinkFaults faults;
        faults.pull_after_reports = reports;
        device_.setFaults(faults);
        pins_ = {"123456"};
        const auto answer = keys().makeCredential(wanted());
        done = std::holds_alternative<fido::NewCredential>(answer);
        if (done) break;
        EXPECT_EQ(troubleIn(answer), Trouble::kPulled) << "after report " << reports;
    }
    EXPECT_GT(reports, 20);
}

TEST_F(SecurityKey, doesNotHangWithAKeyThatDoes) {
    pins_ = {"123456"};
    on_progress_ = [this](const fido::Progress&) {
        LinkFaults faults;
        faults.no_response = true;
        device_.setFaults(faults);
    };
    time_out_ = std::chrono::milliseconds(150);
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kTimedOut);
}

}  // namespace
}  // namespace sallyport::test
