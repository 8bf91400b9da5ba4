#include "tests/unit/fido_security_key_person.h"

namespace sallyport::test {
namespace {

using testing::ElementsAre;
using Touch = LinkFaults::Touch;

class SecurityKeyChoice : public Person {
  protected:
    VirtualDevice& add() {
        VirtualDevice& device = slots_.add();
        device.key().setPin("123456");
        pins_.emplace_back("123456");
        return device;
    }

    /// Touches `device` as soon as it blinks, once for the choice and at once from then on.
    std::future<void> finger(VirtualDevice& device) {
        return std::async(std::launch::async, [&device] {
            EXPECT_TRUE(device.waitUntilBlinking());
            device.setFaults({});
            device.touch();
        });
    }
};

TEST_F(SecurityKeyChoice, needsAKey) {
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kNoKey);
    EXPECT_EQ(troubleIn(keys().getAssertion(shown())), Trouble::kNoKey);
    EXPECT_EQ(troubleIn(keys().changePin()), Trouble::kNoKey);
    EXPECT_EQ(troubleIn(keys().info("virtual:nowhere")), Trouble::kNotFound);
}

TEST_F(SecurityKeyChoice, takesTheOneThatIsTouched) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    auto touched = finger(right);
    const auto answer = keys().makeCredential(wanted());
    touched.get();
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<fido::NewCredential>(answer).device.path, right.path());
    EXPECT_THAT(seen_, ElementsAre(Step::kChoose, Step::kTouch));
    EXPECT_EQ(left.cancelled(), 1) << "the other one stops blinking";
    EXPECT_TRUE(left.key().credentials().empty());
    ASSERT_EQ(asked_.size(), 1u);
    EXPECT_EQ(asked_[0].device.path, right.path());
}

TEST_F(SecurityKeyChoice, takesTheOneThatIsNamed) {
    VirtualDevice& left = add();
    add();
    const auto answer = keys().makeCredential(wanted(), left.path());
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<fido::NewCredential>(answer).device.path, left.path());
    EXPECT_THAT(seen_, ElementsAre(Step::kTouch));
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted(), "virtual:nowhere")), Trouble::kNotFound);
}

TEST_F(SecurityKeyChoice, findsTheOneThatHoldsTheCredentialWithoutATouch) {
    add();
    VirtualDevice& right = add();
    add();
    const Bytes id = enrolled(right);
    const auto answer = keys().getAssertion(shown({Bytes(48, 1), id}));
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<std::vector<fido::KeyAssertion>>(answer)[0].id, id);
    EXPECT_THAT(seen_, ElementsAre(Step::kTouch));
}

TEST_F(SecurityKeyChoice, asksForATouchWhereACredentialHides) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    const Bytes id = enrolled(right, 3);
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    auto touched = finger(right);
    const auto answer = keys().getAssertion(shown({id}));
    touched.get();
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<std::vector<fido::KeyAssertion>>(answer)[0].id, id);
    EXPECT_THAT(seen_, ElementsAre(Step::kChoose, Step::kTouch));
}

TEST_F(SecurityKeyChoice, asksForATouchAmongSeveralHolders) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    VirtualDevice& stranger = add();
    const Bytes id_left = enrolled(left);
    const Bytes id_right = enrolled(right);
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    stranger.setFaults(touching(Touch::kWaits));
    auto touched = finger(left);
    const auto answer = keys().getAssertion(shown({id_right, id_left}));
    touched.get();
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<std::vector<fido::KeyAssertion>>(answer)[0].id, id_left);
    EXPECT_EQ(right.cancelled(), 1);
    EXPECT_EQ(stranger.cancelled(), 0) << "it never blinked";
}

TEST_F(SecurityKeyChoice, goesOnWithTheRestWhenOneIsPulled) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    auto pulled = std::async(std::launch::async, [&] {
        EXPECT_TRUE(left.waitUntilBlinking());
        EXPECT_TRUE(right.waitUntilBlinking());
        left.pull();
        right.setFaults({});
        right.touch();
    });
    const auto answer = keys().makeCredential(wanted());
    pulled.get();
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<fido::NewCredential>(answer).device.path, right.path());
}

TEST_F(SecurityKeyChoice, endsWhenAllArePulledOrNobodyComes) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    time_out_ = std::chrono::milliseconds(150);
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kTimedOut);
    EXPECT_EQ(left.cancelled() + right.cancelled(), 2);
    time_out_ = std::chrono::seconds(10);
    auto pulled = std::async(std::launch::async, [&] {
        EXPECT_TRUE(left.waitUntilBlinking());
        EXPECT_TRUE(right.waitUntilBlinking());
        left.pull();
        right.pull();
    });
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kPulled);
    pulled.get();
}

TEST_F(SecurityKeyChoice, isCancelled) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    left.setFaults(touching(Touch::kWaits));
    right.setFaults(touching(Touch::kWaits));
    auto cancelled = std::async(std::launch::async, [&] {
        EXPECT_TRUE(right.waitUntilBlinking());
        stop_.request_stop();
    });
    EXPECT_EQ(troubleIn(keys().makeCredential(wanted())), Trouble::kCancelled);
    cancelled.get();
    EXPECT_EQ(left.cancelled() + right.cancelled(), 2);
}

TEST_F(SecurityKeyChoice, leavesOutAKeyThatDoesNotOpen) {
    VirtualDevice& left = add();
    VirtualDevice& right = add();
    LinkFaults faults;
    faults.answers[0x04] = {0x7f};
    left.setFaults(faults);
    const auto answer = keys().makeCredential(wanted());
    ASSERT_TRUE(wentWell(answer));
    EXPECT_EQ(std::get<fido::NewCredential>(answer).device.path, right.path());
}

TEST(UsbDevices, nameWhatIsNotThereAndWhatTheyMayNotOpen) {
    fido::UsbDevices usb;
    EXPECT_TRUE(std::holds_alternative<std::vector<fido::DeviceInfo>>(usb.list()));
    const auto missing = usb.open("/dev/no-such-hidraw");
    ASSERT_TRUE(std::holds_alternative<fido::KeyProblem>(missing));
    EXPECT_EQ(std::get<fido::KeyProblem>(missing).trouble, fido::KeyTrouble::kNotFound);
    const auto other = usb.open("/dev/null");
    EXPECT_TRUE(std::holds_alternative<fido::KeyProblem>(other));
}

}  // namespace
}  // namespace sallyport::test
