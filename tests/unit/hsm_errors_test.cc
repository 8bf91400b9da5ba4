#include "hsm/pkcs11/errors.h"
#include "hsm/recovery.h"

#include <gtest/gtest.h>

#include <vector>

namespace sallyport::hsm::pkcs11 {
namespace {

struct Case {
    std::string name;
    CK_RV code;
    FailureClass failure;
    ErrorCode error;
    Rung rung;
};

class CkrTable : public testing::TestWithParam<Case> {};

TEST_P(CkrTable, saysWhatToDo) {
    const Case& c = GetParam();
    EXPECT_EQ(classOf(c.code), c.failure);
    EXPECT_EQ(errorCodeOf(c.code), c.error);
    EXPECT_EQ(firstRung(classOf(c.code)), c.rung);
    const Error error = errorOf({"C_Sign", c.code});
    EXPECT_EQ(error.code, c.error);
    EXPECT_EQ(error.detail, "C_Sign: " + nameOf(c.code));
}

INSTANTIATE_TEST_SUITE_P(
    Codes,
    CkrTable,
    testing::Values(
        Case{"Arguments", 0x07, FailureClass::kCaller, ErrorCode::kInternal, Rung::kNothing},
        Case{"CiphertextInvalid",
             0x40,
             FailureClass::kCaller,
             ErrorCode::kInvalidRequest,
             Rung::kNothing},
        Case{"SignatureInvalid",
             0xc0,
             FailureClass::kCaller,
             ErrorCode::kInvalidRequest,
             Rung::kNothing},
        Case{"NotPermitted", 0x68, FailureClass::kCaller, ErrorCode::kIntegrity, Rung::kNothing},
        Case{
            "KeyHandle", 0x60, FailureClass::kKeyMissing, ErrorCode::kIntegrity, Rung::kNewHandles},
        Case{"ObjectHandle",
             0x82,
             FailureClass::kKeyMissing,
             ErrorCode::kIntegrity,
             Rung::kNewHandles},
        Case{"SessionHandle",
             0xb3,
             FailureClass::kSessionLost,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"SessionClosed",
             0xb0,
             FailureClass::kSessionLost,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"NotLoggedIn",
             0x101,
             FailureClass::kLoginLost,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"GeneralError",
             0x05,
             FailureClass::kDeviceSuspect,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"DeviceError",
             0x30,
             FailureClass::kDeviceSuspect,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"HostMemory",
             0x02,
             FailureClass::kResource,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"SessionCount",
             0xb1,
             FailureClass::kResource,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"DeviceRemoved",
             0x32,
             FailureClass::kLibraryLost,
             ErrorCode::kUnavailable,
             Rung::kGone},
        Case{"NotInitialized",
             0x190,
             FailureClass::kLibraryLost,
             ErrorCode::kUnavailable,
             Rung::kGone},
        Case{"AlreadyInitialized",
             0x191,
             FailureClass::kLibraryLost,
             ErrorCode::kConflict,
             Rung::kGone},
        Case{"PinIncorrect", 0xa0, FailureClass::kPinFatal, ErrorCode::kForbidden, Rung::kGone},
        Case{"PinLocked", 0xa4, FailureClass::kPinFatal, ErrorCode::kForbidden, Rung::kGone},
        Case{"UnknownStandard",
             0x1234,
             FailureClass::kUnknown,
             ErrorCode::kUnavailable,
             Rung::kNewSession},
        Case{"UnknownVendor",
             0x80000005,
             FailureClass::kUnknown,
             ErrorCode::kUnavailable,
             Rung::kNewSession}),
    [](const auto& test_case) { return test_case.param.name; });

TEST(CkrNames, areThoseOfTheStandard) {
    EXPECT_EQ(nameOf(0), "CKR_OK");
    EXPECT_EQ(nameOf(CKR_CANCEL), "CKR_CANCEL");
    EXPECT_EQ(nameOf(CKR_FUNCTION_REJECTED), "CKR_FUNCTION_REJECTED");
    EXPECT_EQ(nameOf(0x80000005), "CKR_0x80000005");
}

TEST(CkrTableOrder, findsEveryCodeThatTheHeaderKnows) {
    // Lower and upper end, and one out of each block: a table out of order loses rows.
    const std::vector<CK_RV> codes = {0x01,  0x0a,  0x1b,  0x21,  0x32,  0x41,  0x54,  0x6a, 0x71,
                                      0x82,  0x91,  0xa4,  0xb8,  0xc1,  0xd1,  0xe2,  0xf2, 0x105,
                                      0x115, 0x121, 0x130, 0x150, 0x180, 0x1a1, 0x1c4, 0x200};
    for (const CK_RV code : codes) EXPECT_NE(classOf(code), FailureClass::kUnknown) << nameOf(code);
}

TEST(Recovery, aChangeIsRepeatedOnlyIfItWasNotBegun) {
    EXPECT_TRUE(wasNotBegun(FailureClass::kSessionLost));
    EXPECT_TRUE(wasNotBegun(FailureClass::kLoginLost));
    EXPECT_FALSE(wasNotBegun(FailureClass::kDeviceSuspect));
    EXPECT_FALSE(wasNotBegun(FailureClass::kKeyMissing));
    EXPECT_FALSE(wasNotBegun(FailureClass::kUnknown));
}

}  // namespace
}  // namespace sallyport::hsm::pkcs11
