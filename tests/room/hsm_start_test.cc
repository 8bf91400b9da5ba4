// What opening a device refuses, and that a wrong PIN is tried once.

#include "hsm/pkcs11/module.h"
#include "tests/room/hsm_fixture.h"
#include "tests/room/hsm_raw.h"
#include "tests/support/child_process.h"
#include "tests/support/faulty_hsm.h"

#include <unistd.h>

#include <fstream>

namespace sallyport::hsm {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;
using testing::Not;

class HsmStart : public HsmTest {
  protected:
    std::string whyNot(Pkcs11Options options, ErrorCode code) {
        const auto device = tryOpen(std::move(options));
        EXPECT_THAT(device, failsWith(code));
        return device.has_value() ? std::string() : device.error().detail;
    }
};

TEST_F(HsmStart, opensAndClosesInSequence) {
    for (int i = 0; i < 3; ++i) {
        const auto device = open();
        ASSERT_NE(device, nullptr);
        EXPECT_EQ(device->health().state, Health::State::kServing);
        EXPECT_EQ(device->health().epoch, 1U);
    }
}

TEST_F(HsmStart, onlyOneDeviceAtATime) {
    const auto device = open();
    EXPECT_THAT(whyNot(token_.options(), ErrorCode::kConflict),
                HasSubstr("something else in this process uses it"));
    EXPECT_THAT(device->random(8, soon()), isOk());
}

TEST_F(HsmStart, anUnknownTokenIsNamed) {
    Pkcs11Options options = token_.options();
    options.token_label = "elsewhere";
    EXPECT_THAT(whyNot(std::move(options), ErrorCode::kNotFound),
                HasSubstr("no token has the label \"elsewhere\""));
    EXPECT_NE(open(), nullptr) << "the library was left as it was";
}

TEST_F(HsmStart, twoTokensOfOneLabelAreRefused) {
    test::ChildProcess second({"/usr/bin/softhsm2-util",
                               "--init-token",
                               "--free",
                               "--label",
                               std::string(test::SoftHsmToken::kLabel),
                               "--so-pin",
                               "12345678",
                               "--pin",
                               "1111"});
    ASSERT_EQ(second.wait(), 0);
    EXPECT_THAT(whyNot(token_.options(), ErrorCode::kNotFound),
                HasSubstr("2 tokens have the label"));
}

struct OptionCase {
    std::string name;
    void (*spoil)(Pkcs11Options&);
    std::string says;
};

class HsmOptions : public HsmStart, public testing::WithParamInterface<OptionCase> {};

TEST_P(HsmOptions, areRefused) {
    Pkcs11Options options = token_.options();
    GetParam().spoil(options);
    EXPECT_THAT(whyNot(std::move(options), ErrorCode::kInvalidRequest), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Bad,
    HsmOptions,
    testing::Values(
        OptionCase{"NoRing", [](Pkcs11Options& o) { o.ring = ""; }, "ring"},
        OptionCase{"RingWithColon", [](Pkcs11Options& o) { o.ring = "a:b"; }, "ring"},
        OptionCase{"RingInCapitals", [](Pkcs11Options& o) { o.ring = "Main"; }, "ring"},
        OptionCase{"LongRing", [](Pkcs11Options& o) { o.ring = std::string(33, 'a'); }, "ring"},
        OptionCase{"NoLabel", [](Pkcs11Options& o) { o.token_label = ""; }, "label"},
        OptionCase{
            "LongLabel", [](Pkcs11Options& o) { o.token_label = std::string(33, 'a'); }, "label"},
        OptionCase{"NoLanes", [](Pkcs11Options& o) { o.lanes = 0; }, "lanes"},
        OptionCase{"TooManyLanes", [](Pkcs11Options& o) { o.lanes = 65; }, "lanes"},
        OptionCase{"NoQueue", [](Pkcs11Options& o) { o.queue = 0; }, "queue"},
        OptionCase{"MissingModule",
                   [](Pkcs11Options& o) { o.module_path = "/usr/lib/none.so"; },
                   "/usr/lib/none.so: there is no such file"},
        OptionCase{"RelativeModule",
                   [](Pkcs11Options& o) { o.module_path = "libsofthsm2.so"; },
                   "must be absolute"},
        OptionCase{"FolderAsModule",
                   [](Pkcs11Options& o) { o.module_path = "/usr/lib"; },
                   "is not a file"},
        OptionCase{"NoLibrary",
                   [](Pkcs11Options& o) { o.module_path = "/etc/passwd"; },
                   "cannot be loaded"},
        OptionCase{
            "AnotherLibrary",
            [](Pkcs11Options& o) { o.module_path = "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"; },
            "is not a PKCS#11 library"}),
    [](const auto& test_case) { return test_case.param.name; });

TEST_F(HsmStart, aModuleThatOthersMayWriteIsRefused) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.file("module.so");
    std::ofstream(path) << "x";
    // The temporary folder itself may be written by all.
    EXPECT_THAT(pkcs11::checkedModulePath({path, true}), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(pkcs11::checkedModulePath({path, false}), isOk());
    EXPECT_THAT(pkcs11::checkedModulePath({std::string(test::SoftHsmToken::kModule), true}),
                isOk());
}

TEST_F(HsmStart, theSpyIsRefusedUnderAnyName) {
    const test::TemporaryDirectory folder;
    const std::string spy = folder.file("pkcs11-spy.so");
    std::ofstream(spy) << "x";
    const std::string link = folder.file("module.so");
    ASSERT_EQ(::symlink(spy.c_str(), link.c_str()), 0);
    for (const std::string& path : {spy, link}) {
        const auto checked = pkcs11::checkedModulePath({path, false});
        ASSERT_THAT(checked, failsWith(ErrorCode::kInvalidRequest));
        EXPECT_THAT(checked.error().detail, HasSubstr("is a spy"));
    }
}

TEST_F(HsmStart, aWrongPinIsTriedOnceAndLocksNothing) {
    RecordProperty("requirement", "K-10");
    test::FaultyToken faulty;
    const unsigned long before = test::FaultyToken::calls("C_Login");
    Pkcs11Options options = faulty.options();
    options.pin = Secret(std::string_view("000000"));
    const std::string said = whyNot(std::move(options), ErrorCode::kForbidden);
    EXPECT_THAT(said, HasSubstr("CKR_PIN_INCORRECT"));
    EXPECT_THAT(said, HasSubstr("tried once"));
    EXPECT_THAT(said, Not(HasSubstr("000000")));
    EXPECT_EQ(test::FaultyToken::calls("C_Login") - before, 1U);
    for (const std::string& line : logLines()) EXPECT_THAT(line, Not(HasSubstr("000000")));

    // The token counted one mistake, and the right PIN still opens it and clears the count.
    const auto device = open(faulty.options());
    ASSERT_NE(device, nullptr);
    RawToken raw;
    EXPECT_EQ(
        raw.tokenFlags() & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW),
        0U);
}

TEST_F(HsmStart, aPinThatIsAboutToBeLockedIsNotTried) {
    RecordProperty("requirement", "K-10");
    test::FaultyToken faulty;
    for (const auto& [flag, says] : std::vector<std::pair<std::string, std::string>>{
             {"flags 0x20000", "at the next mistake"},
             {"flags 0x40000", "has locked its user PIN"}}) {
        faulty.plan(flag);
        const unsigned long before = test::FaultyToken::calls("C_Login");
        EXPECT_THAT(whyNot(faulty.options(), ErrorCode::kForbidden), HasSubstr(says));
        EXPECT_EQ(test::FaultyToken::calls("C_Login"), before);
    }
}

TEST_F(HsmStart, alreadyLoggedInCountsOnlyForAUser) {
    test::FaultyToken faulty;
    faulty.plan("C_Login 0x100");
    EXPECT_THAT(whyNot(faulty.options(), ErrorCode::kUnavailable), HasSubstr("not the user"));
}

TEST_F(HsmStart, aLibraryThatDoesNotStartIsNamed) {
    test::FaultyToken faulty;
    faulty.plan("C_Initialize 0x30");
    EXPECT_THAT(whyNot(faulty.options(), ErrorCode::kUnavailable),
                HasSubstr("C_Initialize: CKR_DEVICE_ERROR"));
    faulty.plan("C_Initialize 0x0a");
    EXPECT_THAT(whyNot(faulty.options(), ErrorCode::kInvalidRequest), HasSubstr("several threads"));
}

}  // namespace
}  // namespace sallyport::hsm
