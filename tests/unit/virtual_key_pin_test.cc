#include "tests/unit/virtual_key_client.h"

namespace sallyport::test {
namespace {

struct PinCase {
    const char* name;
    std::vector<int> protocols;
    bool permissions;
};

/// Both PIN/UV auth protocols, by permission (CTAP 2.1) and without (CTAP 2.0).
class VirtualKeyPin : public testing::TestWithParam<PinCase> {
  protected:
    VirtualKeyPin() : device_("virtual:pin", model()) {}

    static KeyModel model() {
        KeyModel model;
        model.pin_protocols = GetParam().protocols;
        model.supports_permissions = GetParam().permissions;
        return model;
    }

    static int retries(fido_dev_t* dev) {
        int left = -1;
        EXPECT_EQ(fido_dev_get_retry_count(dev, &left), FIDO_OK);
        return left;
    }

    VirtualDevice device_;
};

TEST_P(VirtualKeyPin, isSetChangedAndUsed) {
    const auto dev = openKey(device_);
    EXPECT_EQ(fido_dev_set_pin(dev.get(), "123", nullptr), FIDO_ERR_PIN_POLICY_VIOLATION);
    ASSERT_EQ(fido_dev_set_pin(dev.get(), "1234", nullptr), FIDO_OK);
    EXPECT_EQ(fido_dev_set_pin(dev.get(), "9999", nullptr), FIDO_ERR_PIN_AUTH_INVALID);
    EXPECT_EQ(fido_dev_set_pin(dev.get(), "56789", "4321"), FIDO_ERR_PIN_INVALID);
    ASSERT_EQ(fido_dev_set_pin(dev.get(), "56789", "1234"), FIDO_OK);
    const auto cred = newCredential();
    EXPECT_EQ(fido_dev_make_cred(dev.get(), cred.get(), "1234"), FIDO_ERR_PIN_INVALID);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), "56789"), FIDO_OK);
    EXPECT_EQ(fido_cred_flags(cred.get()), 0x45);
    const auto shown = newAssertion();
    ASSERT_EQ(fido_dev_get_assert(dev.get(), shown.get(), "56789"), FIDO_OK);
    EXPECT_EQ(fido_assert_flags(shown.get(), 0), 0x05);
    const auto unverified = newAssertion();
    ASSERT_EQ(fido_dev_get_assert(dev.get(), unverified.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_assert_flags(unverified.get(), 0), 0x01);
}

TEST_P(VirtualKeyPin, locksAfterThreeWrongOnesAndBlocksAfterEight) {
    device_.key().setPin("1234");
    auto dev = openKey(device_);
    const auto attempt = [&](const char* pin) {
        return fido_dev_get_assert(dev.get(), newAssertion().get(), pin);
    };
    EXPECT_EQ(attempt("0000"), FIDO_ERR_PIN_INVALID);
    EXPECT_EQ(retries(dev.get()), 7);
    EXPECT_EQ(attempt("0000"), FIDO_ERR_PIN_INVALID);
    EXPECT_EQ(attempt("0000"), FIDO_ERR_PIN_AUTH_BLOCKED);
    EXPECT_EQ(attempt("1234"), FIDO_ERR_PIN_AUTH_BLOCKED) << "not even the right one";
    EXPECT_EQ(retries(dev.get()), 5);
    for (const int last : {2, 0}) {
        device_.pull();
        device_.insert();
        dev = openKey(device_);
        for (int i = 0; i < 3 && retries(dev.get()) > 0; ++i) attempt("0000");
        EXPECT_EQ(retries(dev.get()), last);
    }
    EXPECT_EQ(attempt("1234"), FIDO_ERR_PIN_BLOCKED);
    device_.pull();
    device_.insert();
    dev = openKey(device_);
    EXPECT_EQ(attempt("1234"), FIDO_ERR_PIN_BLOCKED) << "power does not help";
}

TEST_P(VirtualKeyPin, givesAllAttemptsBackForTheRightOne) {
    device_.key().setPin("1234");
    const auto dev = openKey(device_);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "0000"), FIDO_ERR_PIN_INVALID);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "1234"), FIDO_OK);
    EXPECT_EQ(retries(dev.get()), 8);
}

TEST_P(VirtualKeyPin, isNeededWhereItIsSet) {
    const auto open = openKey(device_);
    EXPECT_EQ(fido_dev_make_cred(open.get(), newCredential().get(), "1234"), FIDO_ERR_PIN_NOT_SET);
    device_.key().setPin("1234");
    const auto dev = openKey(device_);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), nullptr), FIDO_ERR_PIN_REQUIRED);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "1234"), FIDO_OK);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), nullptr), FIDO_OK);
    device_.key().changeModel().always_uv = true;
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), nullptr), FIDO_ERR_PIN_REQUIRED);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), "1234"), FIDO_OK);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         VirtualKeyPin,
                         testing::Values(PinCase{"two_with_permissions", {2, 1}, true},
                                         PinCase{"one_with_permissions", {1}, true},
                                         PinCase{"two_without", {2}, false},
                                         PinCase{"one_without", {1}, false}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(VirtualKeyFinger, verifiesTheUserWithoutAPin) {
    KeyModel model;
    model.built_in_uv = true;
    VirtualDevice device("virtual:finger", model);
    const auto dev = openKey(device);
    const auto cred = newCredential();
    fido_cred_set_uv(cred.get(), FIDO_OPT_TRUE);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_cred_flags(cred.get()), 0x45);
    device.key().faults().finger_not_recognized = true;
    const auto shown = newAssertion();
    fido_assert_set_uv(shown.get(), FIDO_OPT_TRUE);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), shown.get(), nullptr), FIDO_ERR_UV_INVALID);
}

TEST(VirtualKeyWithoutVerification, refusesToVerify) {
    KeyModel model;
    model.supports_pin = false;
    const VirtualDevice device("virtual:plain", model);
    const auto dev = openKey(device);
    EXPECT_FALSE(fido_dev_supports_pin(dev.get()));
    const auto cred = newCredential();
    fido_cred_set_uv(cred.get(), FIDO_OPT_TRUE);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_ERR_INVALID_OPTION);
}

TEST(VirtualKeyForcedChange, givesNoTokenForAnOldPin) {
    VirtualDevice device("virtual:forced");
    device.key().setPin("1234");
    device.key().changeModel().force_pin_change = true;
    const auto dev = openKey(device);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "1234"),
              FIDO_ERR_PIN_POLICY_VIOLATION);
    ASSERT_EQ(fido_dev_set_pin(dev.get(), "12345", "1234"), FIDO_OK);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "12345"), FIDO_OK);
}

}  // namespace
}  // namespace sallyport::test
