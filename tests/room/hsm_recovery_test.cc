// A device that loses sessions, logins and keys, answers errors, hangs, and works for many threads.

#include "hsm/key_ring.h"
#include "hsm/pkcs11/mechanisms.h"
#include "tests/room/hsm_fixture.h"
#include "tests/room/hsm_raw.h"
#include "tests/support/faulty_hsm.h"

#include <atomic>
#include <thread>

namespace sallyport::hsm {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using testing::HasSubstr;

Deadline after(int milliseconds) {
    return Deadline::after(std::chrono::milliseconds(milliseconds));
}

class HsmRecovery : public HsmTest {
  protected:
    void SetUp() override {
        device_ = open(faulty_.options());
        ASSERT_NE(device_, nullptr);
        mac_ = generate(*device_, kLinkMac1, KeyAlgorithm::kHmacSha256);
        pair_ = generate(*device_, kTokenSign1, KeyAlgorithm::kEs256);
        wrap_ = generate(*device_, kPiiWrap1, KeyAlgorithm::kAes256Gcm);
        auto tag = tagNow();
        ASSERT_THAT(tag, isOk());
        tag_ = *tag;
    }

    Result<std::vector<Digest>> tagNow(Deadline deadline = soon()) {
        return device_->macs({{useOf(mac_), {1, 2, 3}}}, deadline);
    }

    static unsigned long calls(const char* function) { return test::FaultyToken::calls(function); }

    test::FaultyToken faulty_;
    std::unique_ptr<Pkcs11Device> device_;
    KeyIdentity mac_{};
    KeyIdentity pair_{};
    KeyIdentity wrap_{};
    std::vector<Digest> tag_;
};

TEST_F(HsmRecovery, lostSessionsAreFoundAgain) {
    RecordProperty("requirement", "K-10");
    RawToken raw;
    ASSERT_EQ(raw.f().C_CloseAllSessions(raw.slot()), CKR_OK);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_THAT(device_->sign(useOf(pair_), asBytes("x"), soon()), isOk());
    EXPECT_EQ(device_->health().epoch, 2U) << "the login was lost with the sessions";
    EXPECT_EQ(device_->health().state, Health::State::kServing);
    raw.openSession();
}

TEST_F(HsmRecovery, oneLostSessionCostsNoLogin) {
    const unsigned long logins = calls("C_Login");
    faulty_.plan("C_SignInit 0xb3 1");
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(calls("C_Login"), logins);
    EXPECT_EQ(device_->health().epoch, 1U);
}

TEST_F(HsmRecovery, aLostLoginIsFoundAgain) {
    RecordProperty("requirement", "K-10");
    RawToken raw;
    const unsigned long logins = calls("C_Login");
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_THAT(device_->sign(useOf(pair_), asBytes("x"), soon()), isOk());
    EXPECT_EQ(calls("C_Login") - logins, 1U);
    const Health health = device_->health();
    EXPECT_EQ(health.state, Health::State::kServing);
    EXPECT_EQ(health.epoch, 2U);
    const auto lines = logLines();
    EXPECT_THAT(lines, testing::Contains(HasSubstr("the login was lost")));
}

TEST_F(HsmRecovery, managementCallsSeeALostLogin) {
    // Without a login a search finds less and does not say so.
    RawToken raw;
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    const auto inventory = device_->inventory(soon());
    ASSERT_THAT(inventory, isOk());
    EXPECT_EQ(inventory->keys.size(), 3U);
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(device_->loadRing({mac_, pair_}, soon()), isOk());
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(device_->generate(kLinkMac1, KeyAlgorithm::kHmacSha256, soon()),
                failsWith(ErrorCode::kConflict));
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(device_->destroy(pair_, soon()), isOk());
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(device_->random(8, soon()), isOk());
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
}

TEST_F(HsmRecovery, somebodyElsesLoginStillVoidsTheHandles) {
    RawToken raw;
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    Bytes pin = copyBytes(asBytes(test::SoftHsmToken::kPin));
    ASSERT_EQ(raw.f().C_Login(raw.session(), CKU_USER, pin.data(), pin.size()), CKR_OK);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(device_->health().epoch, 2U);
}

TEST_F(HsmRecovery, aRefusedPinEndsTheLadderForEver) {
    RecordProperty("requirement", "K-10");
    RawToken raw;
    const unsigned long logins = calls("C_Login");
    faulty_.plan("C_Login 0xa0");
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(device_->health().state, Health::State::kPinRejected);
    EXPECT_THAT(device_->health().reason, HasSubstr("CKR_PIN_INCORRECT"));
    faulty_.plan("");
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(device_->inventory(soon()), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(device_->random(8, soon()), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(calls("C_Login") - logins, 1U);
    EXPECT_EQ(device_->health().state, Health::State::kPinRejected);
}

TEST_F(HsmRecovery, aLoginThatFailsOtherwiseIsTriedByTheNextCall) {
    RawToken raw;
    faulty_.plan("C_Login 0x30 1");
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(device_->health().state, Health::State::kGone);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(device_->health().state, Health::State::kServing);
}

struct CodeCase {
    std::string name;
    std::string code;
    bool repeated;
    ErrorCode then;
};

class HsmCodes : public HsmRecovery, public testing::WithParamInterface<CodeCase> {};

TEST_P(HsmCodes, areRepeatedOnceOrNotAtAll) {
    const CodeCase& c = GetParam();
    faulty_.plan("C_Sign " + c.code);
    unsigned long before = calls("C_Sign");
    EXPECT_THAT(tagNow(), failsWith(c.then));
    EXPECT_EQ(calls("C_Sign") - before, c.repeated ? 2U : 1U);
    faulty_.plan("C_Sign " + c.code + " 1");
    before = calls("C_Sign");
    const auto once = tagNow();
    if (c.repeated) {
        EXPECT_THAT(once, isOkAndHolds(tag_));
        EXPECT_EQ(calls("C_Sign") - before, 2U);
    } else {
        EXPECT_THAT(once, failsWith(c.then));
    }
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(device_->health().state, Health::State::kServing);
}

INSTANTIATE_TEST_SUITE_P(
    Ckr,
    HsmCodes,
    testing::Values(CodeCase{"DeviceError", "0x30", true, ErrorCode::kUnavailable},
                    CodeCase{"GeneralError", "0x05", true, ErrorCode::kUnavailable},
                    CodeCase{"HostMemory", "0x02", true, ErrorCode::kUnavailable},
                    CodeCase{"SessionClosed", "0xb0", true, ErrorCode::kUnavailable},
                    CodeCase{"BufferTooSmall", "0x150", true, ErrorCode::kInternal},
                    CodeCase{"Vendor", "0x80000007", true, ErrorCode::kUnavailable},
                    CodeCase{"Arguments", "0x07", false, ErrorCode::kInternal},
                    CodeCase{"NotPermitted", "0x68", false, ErrorCode::kIntegrity},
                    CodeCase{"TokenGone", "0xe0", false, ErrorCode::kUnavailable}),
    [](const auto& test_case) { return test_case.param.name; });

TEST_F(HsmRecovery, aTokenThatIsGoneSaysSoUntilItIsBack) {
    RecordProperty("requirement", "K-10");
    faulty_.plan("C_OpenSession 0xe0\nC_Sign 0x30");
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(device_->health().state, Health::State::kGone);
    EXPECT_THAT(device_->health().reason, HasSubstr("C_OpenSession: CKR_TOKEN_NOT_PRESENT"));
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    faulty_.plan("");
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(device_->health().state, Health::State::kServing);
}

TEST_F(HsmRecovery, aKeyThatVanishedIsNamedAndTheOthersServe) {
    RecordProperty("requirement", "K-02");
    RawToken raw;
    raw.destroy(labelOf("test", kLinkMac1));
    for (int i = 0; i < 2; ++i) {
        const auto tag = tagNow();
        ASSERT_THAT(tag, failsWith(ErrorCode::kIntegrity));
        EXPECT_THAT(tag.error().detail,
                    HasSubstr("sallyport:test:link-mac:1: is not on the token"));
    }
    EXPECT_THAT(device_->sign(useOf(pair_), asBytes("x"), soon()), isOk());
    const Health health = device_->health();
    EXPECT_EQ(health.state, Health::State::kServing);
    EXPECT_EQ(health.epoch, 2U);
    EXPECT_THAT(health.reason, HasSubstr("link-mac:1"));
}

TEST_F(HsmRecovery, aKeyThatWasReplacedNeverSpeaksForTheOldOne) {
    RecordProperty("requirement", "K-02");
    RawToken raw;
    const std::string label = labelOf("test", kLinkMac1);
    raw.destroy(label);
    const auto& mechanism = pkcs11::mechanismOf(KeyAlgorithm::kHmacSha256);
    auto same = pkcs11::keyTemplate(mechanism, label, mac_.cka_id);
    ASSERT_EQ(raw.generateKey(mechanism.generate, same), CKR_OK);
    ASSERT_EQ(raw.f().C_Logout(raw.session()), CKR_OK);
    const auto tag = tagNow();
    ASSERT_THAT(tag, failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(tag.error().detail, HasSubstr("its fingerprint changed"));
}

TEST_F(HsmRecovery, makingAKeyIsRepeatedOnlyIfItWasNotBegun) {
    const KeyName second{KeyPurpose::kLinkMac, 2};
    faulty_.plan("C_GenerateKey 0x30 1");
    unsigned long before = calls("C_GenerateKey");
    EXPECT_THAT(device_->generate(second, KeyAlgorithm::kHmacSha256, soon()),
                failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(calls("C_GenerateKey") - before, 1U);
    faulty_.plan("C_GenerateKey 0xb3 1");
    before = calls("C_GenerateKey");
    EXPECT_THAT(device_->generate(second, KeyAlgorithm::kHmacSha256, soon()), isOk());
    EXPECT_EQ(calls("C_GenerateKey") - before, 2U);
}

TEST_F(HsmRecovery, aKeyThatCannotBeProvedAfterItsBirthIsDestroyed) {
    faulty_.plan("C_SignInit 0x68 1");
    EXPECT_THAT(device_->generate({KeyPurpose::kLinkMac, 2}, KeyAlgorithm::kHmacSha256, soon()),
                failsWith(ErrorCode::kIntegrity));
    const auto inventory = device_->inventory(soon());
    ASSERT_THAT(inventory, isOk());
    EXPECT_EQ(inventory->keys.size(), 3U);
    RawToken raw;
    EXPECT_TRUE(raw.find(labelOf("test", {KeyPurpose::kLinkMac, 2})).empty());
}

TEST_F(HsmRecovery, aCallReturnsAtItsDeadlineWhileTheLibraryHangs) {
    RecordProperty("requirement", "K-10");
    faulty_.plan("C_Sign block");
    const auto before = Deadline::Clock::now();
    EXPECT_THAT(tagNow(after(100)), failsWith(ErrorCode::kUnavailable));
    EXPECT_LT(Deadline::Clock::now() - before, std::chrono::seconds(2));
    Health health = device_->health();
    EXPECT_EQ(health.state, Health::State::kServing) << "one lane is left";
    EXPECT_EQ(health.reason, "1 of 2 lanes hang in the library");
    EXPECT_THAT(device_->random(8, soon()), isOk());
    EXPECT_THAT(tagNow(after(100)), failsWith(ErrorCode::kUnavailable));
    health = device_->health();
    EXPECT_EQ(health.state, Health::State::kGone);
    EXPECT_EQ(health.reason, "2 of 2 lanes hang in the library");
    EXPECT_THAT(device_->random(8, after(50)), failsWith(ErrorCode::kUnavailable));
    faulty_.plan("");
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
    EXPECT_EQ(device_->health().state, Health::State::kServing);
}

TEST_F(HsmRecovery, anOperationHasADeadlineOfItsOwn) {
    device_.reset();
    Pkcs11Options options = faulty_.options();
    options.operation_deadline = std::chrono::milliseconds(100);
    device_ = open(std::move(options));
    ASSERT_THAT(device_->loadRing({mac_}, soon()), isOk());
    faulty_.plan("C_Sign block");
    EXPECT_THAT(tagNow(), failsWith(ErrorCode::kUnavailable));
    faulty_.plan("");
}

TEST_F(HsmRecovery, fourThreadsLoseTheLoginTogether) {
    RawToken raw;
    std::atomic<int> right{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 60; ++i) {
                const auto tag = tagNow();
                if (tag.has_value() && *tag == tag_) {
                    ++right;
                } else if (tag.has_value() || tag.error().code != ErrorCode::kUnavailable) {
                    ++wrong;
                }
            }
        });
    }
    for (int i = 0; i < 5; ++i) {
        static_cast<void>(raw.f().C_Logout(raw.session()));
        EXPECT_THAT(device_->sign(useOf(pair_), asBytes("x"), soon()),
                    testing::AnyOf(isOk(), failsWith(ErrorCode::kUnavailable)));
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(right, 200);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
}

TEST_F(HsmRecovery, fourThreadsWorkBesideAKeyCeremony) {
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            while (!stop) {
                const Bytes message = {static_cast<std::uint8_t>(t)};
                const auto tag = tagNow();
                const auto sealed = device_->encrypt(useOf(wrap_), message, message, soon());
                const auto signature = device_->sign(useOf(pair_), message, soon());
                if (tag.has_value() && *tag != tag_) ++wrong;
                if (!tag.has_value() || !signature.has_value() || !sealed.has_value()) {
                    ++failed;
                    continue;
                }
                const auto opened = device_->decrypt(useOf(wrap_), message, *sealed, soon());
                if (opened.has_value() && *opened != message) ++wrong;
            }
        });
    }
    for (Generation generation = 2; generation < 6; ++generation) {
        const auto made = device_->generate(
            {KeyPurpose::kLinkMac, generation}, KeyAlgorithm::kHmacSha256, soon());
        ASSERT_THAT(made, isOk());
        EXPECT_THAT(device_->destroy(*made, soon()), isOk());
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(failed, 0);
    EXPECT_THAT(tagNow(), isOkAndHolds(tag_));
}

}  // namespace
}  // namespace sallyport::hsm
