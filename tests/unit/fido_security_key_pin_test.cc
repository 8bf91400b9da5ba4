#include "tests/unit/fido_security_key_person.h"

namespace sallyport::test {
namespace {

using testing::ElementsAre;
using Purpose = fido::PinRequest::Purpose;

class SecurityKeyPin : public Person {
  protected:
    SecurityKeyPin() : device_(slots_.add()) {}

    std::vector<std::optional<int>> retriesShown() const {
        std::vector<std::optional<int>> out;
        for (const auto& each : asked_) out.push_back(each.retries_left);
        return out;
    }

    std::vector<Purpose> purposes() const {
        std::vector<Purpose> out;
        for (const auto& each : asked_) out.push_back(each.purpose);
        return out;
    }

    VirtualDevice& device_;
};

TEST_F(SecurityKeyPin, isAskedAgainWithTheAttemptsThatAreLeft) {
    device_.key().setPin("123456");
    pins_ = {"000000", "111111", "123456"};
    ASSERT_TRUE(wentWell(keys().makeCredential(wanted())));
    EXPECT_THAT(retriesShown(), ElementsAre(8, 7, 6));
    EXPECT_FALSE(asked_[0].last_was_wrong);
    EXPECT_TRUE(asked_[1].last_was_wrong);
    EXPECT_TRUE(asked_[2].last_was_wrong);
    EXPECT_EQ(device_.key().pin().retries, 8);
}

TEST_F(SecurityKeyPin, pausesAfterThreeWrongOnes) {
    device_.key().setPin("123456");
    pins_ = {"000000", "111111", "222222", "123456"};
    const auto answer = keys().makeCredential(wanted());
    EXPECT_EQ(troubleIn(answer), Trouble::kPinPaused);
    const auto& failed = std::get<fido::KeyProblem>(answer);
    EXPECT_EQ(failed.retries_left, 5);
    EXPECT_THAT(failed.sentence(), testing::HasSubstr("5 attempts are left"));
    EXPECT_EQ(asked_.size(), 3u);
    device_.pull();
    device_.insert();
    EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
}

TEST_F(SecurityKeyPin, isBlockedWhenNoAttemptIsLeft) {
    device_.key().setPin("123456");
    device_.key().pin().retries = 1;
    pins_ = {"000000"};
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPinBlocked);
    pins_ = {"123456"};
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPinBlocked);
    EXPECT_EQ(asked_.size(), 1u) << "nothing is asked for that cannot help";
}

TEST_F(SecurityKeyPin, isMissingWhereItIsNeeded) {
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPinNotSet);
    enrolled(device_);
    EXPECT_EQ(troubleIn(keys().getAssertion(shown())), Trouble::kPinNotSet);
    auto without = wanted();
    without.user_verification = fido::UserVerification::kDiscouraged;
    EXPECT_TRUE(wentWell(keys().makeCredential(without)));
    device_.key().changeModel().always_uv = true;
    EXPECT_EQ(troubleIn(keys().makeCredential(without)), Trouble::kPinNotSet);
    EXPECT_TRUE(asked_.empty());
}

TEST_F(SecurityKeyPin, isImpossibleWhereTheKeyHasNeitherPinNorSensor) {
    device_.key().changeModel().supports_pin = false;
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kVerificationImpossible);
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kVerificationImpossible);
}

TEST_F(SecurityKeyPin, costsNoAttemptWhenItCannotBeOne) {
    device_.key().setPin("123456");
    const std::vector<std::string> impossible{
        "", "123", std::string("12\0-456", 7), std::string(64, '1')};
    for (const std::string& typed : impossible) {
        pins_ = {typed};
        EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPinUnfit);
    }
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kCancelled) << "none typed";
    EXPECT_EQ(device_.key().pin().retries, 8);
}

TEST_F(SecurityKeyPin, isNotAskedForOfAFinger) {
    device_.key().changeModel().built_in_uv = true;
    device_.key().setPin("123456");
    ASSERT_TRUE(wentWell(keys().makeCredential(wanted())));
    ASSERT_TRUE(wentWell(keys().getAssertion(shown())));
    EXPECT_TRUE(asked_.empty());
    device_.key().faults().finger_not_recognized = true;
    pins_ = {"123456"};
    ASSERT_TRUE(wentWell(keys().getAssertion(shown()))) << "the PIN stands in";
    EXPECT_EQ(asked_.size(), 1u);
}

TEST_F(SecurityKeyPin, cannotStandInForAFingerWhereNoneIsSet) {
    device_.key().changeModel().built_in_uv = true;
    device_.key().faults().finger_not_recognized = true;
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kFingerNotRecognized);
}

TEST_F(SecurityKeyPin, worksWithEitherProtocol) {
    device_.key().setPin("123456");
    for (const int protocol : {1, 2}) {
        for (const bool permissions : {false, true}) {
            device_.key().changeModel().pin_protocols = {protocol};
            device_.key().changeModel().supports_permissions = permissions;
            pins_ = {"123456", "123456"};
            EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
            EXPECT_TRUE(wentWell(keys().getAssertion(shown())));
        }
    }
}

TEST_F(SecurityKeyPin, isSetForTheFirstTime) {
    device_.key().changeModel().min_pin_length = 6;
    pins_ = {"12345"};
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kPinUnfit) << "the key wants six";
    pins_ = {"123456"};
    const auto answer = keys().changePin();
    ASSERT_TRUE(wentWell(answer));
    EXPECT_TRUE(std::get<fido::KeyInfo>(answer).pin_set);
    EXPECT_THAT(purposes(), ElementsAre(Purpose::kNew, Purpose::kNew));
    EXPECT_EQ(asked_[1].min_length, 6u);
    pins_ = {"123456"};
    EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
}

TEST_F(SecurityKeyPin, isChangedByWhoKnowsTheOldOne) {
    device_.key().setPin("123456");
    pins_ = {"000000", "654321", "123456"};
    ASSERT_TRUE(wentWell(keys().changePin()));
    EXPECT_THAT(purposes(), ElementsAre(Purpose::kCurrent, Purpose::kNew, Purpose::kCurrent));
    EXPECT_EQ(asked_[2].retries_left, 7);
    pins_ = {"654321"};
    EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
}

TEST_F(SecurityKeyPin, staysAsItWasWhenTheChangeIsNotFinished) {
    device_.key().setPin("123456");
    pins_ = {};
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kCancelled);
    pins_ = {"123456"};
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kCancelled) << "no new one";
    pins_ = {"123456", "1"};
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kPinUnfit);
    pins_ = {"000000", "654321"};
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kCancelled) << "the old one is wrong";
    pins_ = {"123456"};
    EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
}

TEST_F(SecurityKeyPin, mustBeChangedWhereTheKeySaysSo) {
    device_.key().setPin("123456");
    device_.key().changeModel().force_pin_change = true;
    pins_ = {"123456"};
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPinUnfit);
    const auto info = keys().info(device_.path());
    EXPECT_TRUE(std::get<fido::KeyInfo>(info).pin_change_forced);
    pins_ = {"123456", "654321"};
    EXPECT_TRUE(wentWell(keys().changePin()));
    pins_ = {"654321"};
    EXPECT_TRUE(wentWell(keys().makeCredential(wanted())));
}

}  // namespace
}  // namespace sallyport::test
