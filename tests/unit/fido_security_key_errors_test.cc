#include "tests/unit/fido_security_key_person.h"

#include <set>

namespace sallyport::test {
namespace {

using fido::KeyTrouble;

/// Written from CTAP 2.1 section 8.2 and the manual of fido_strerr, in numbers.
struct ErrorCase {
    int code;
    const char* name;
    KeyTrouble trouble;
};

// clang-format off
const ErrorCase kErrors[] = {
    {0x01, "INVALID_COMMAND", KeyTrouble::kUnsupported},
    {0x02, "INVALID_PARAMETER", KeyTrouble::kRefused},
    {0x03, "INVALID_LENGTH", KeyTrouble::kRefused},
    {0x04, "INVALID_SEQ", KeyTrouble::kBusy},
    {0x05, "TIMEOUT", KeyTrouble::kTimedOut},
    {0x06, "CHANNEL_BUSY", KeyTrouble::kBusy},
    {0x0a, "LOCK_REQUIRED", KeyTrouble::kBusy},
    {0x0b, "INVALID_CHANNEL", KeyTrouble::kBusy},
    {0x11, "CBOR_UNEXPECTED_TYPE", KeyTrouble::kRefused},
    {0x12, "INVALID_CBOR", KeyTrouble::kRefused},
    {0x14, "MISSING_PARAMETER", KeyTrouble::kRefused},
    {0x15, "LIMIT_EXCEEDED", KeyTrouble::kRefused},
    {0x16, "UNSUPPORTED_EXTENSION", KeyTrouble::kUnsupported},
    {0x17, "FP_DATABASE_FULL", KeyTrouble::kFull},
    {0x18, "LARGEBLOB_STORAGE_FULL", KeyTrouble::kFull},
    {0x19, "CREDENTIAL_EXCLUDED", KeyTrouble::kAlreadyEnrolled},
    {0x21, "PROCESSING", KeyTrouble::kBusy},
    {0x22, "INVALID_CREDENTIAL", KeyTrouble::kNoCredential},
    {0x23, "USER_ACTION_PENDING", KeyTrouble::kBusy},
    {0x24, "OPERATION_PENDING", KeyTrouble::kBusy},
    {0x25, "NO_OPERATIONS", KeyTrouble::kRefused},
    {0x26, "UNSUPPORTED_ALGORITHM", KeyTrouble::kUnsupported},
    {0x27, "OPERATION_DENIED", KeyTrouble::kDeclined},
    {0x28, "KEY_STORE_FULL", KeyTrouble::kFull},
    {0x29, "NOT_BUSY", KeyTrouble::kRefused},
    {0x2a, "NO_OPERATION_PENDING", KeyTrouble::kRefused},
    {0x2b, "UNSUPPORTED_OPTION", KeyTrouble::kUnsupported},
    {0x2c, "INVALID_OPTION", KeyTrouble::kUnsupported},
    {0x2d, "KEEPALIVE_CANCEL", KeyTrouble::kCancelled},
    {0x2e, "NO_CREDENTIALS", KeyTrouble::kNoCredential},
    {0x2f, "USER_ACTION_TIMEOUT", KeyTrouble::kTimedOut},
    {0x30, "NOT_ALLOWED", KeyTrouble::kRefused},
    {0x31, "PIN_INVALID", KeyTrouble::kPinWrong},
    {0x32, "PIN_BLOCKED", KeyTrouble::kPinBlocked},
    {0x33, "PIN_AUTH_INVALID", KeyTrouble::kRefused},
    {0x34, "PIN_AUTH_BLOCKED", KeyTrouble::kPinPaused},
    {0x35, "PIN_NOT_SET", KeyTrouble::kPinNotSet},
    {0x36, "PIN_REQUIRED", KeyTrouble::kPinNeeded},
    {0x37, "PIN_POLICY_VIOLATION", KeyTrouble::kPinUnfit},
    {0x38, "PIN_TOKEN_EXPIRED", KeyTrouble::kTimedOut},
    {0x39, "REQUEST_TOO_LARGE", KeyTrouble::kUnsupported},
    {0x3a, "ACTION_TIMEOUT", KeyTrouble::kTimedOut},
    {0x3b, "UP_REQUIRED", KeyTrouble::kRefused},
    {0x3c, "UV_BLOCKED", KeyTrouble::kFingerBlocked},
    {0x3f, "UV_INVALID", KeyTrouble::kFingerNotRecognized},
    {0x40, "UNAUTHORIZED_PERM", KeyTrouble::kRefused},
    {0x7f, "ERR_OTHER", KeyTrouble::kRefused},
    {0xdf, "SPEC_LAST", KeyTrouble::kRefused},
    {-1, "TX", KeyTrouble::kPulled},
    {-2, "RX", KeyTrouble::kPulled},
    {-3, "RX_NOT_CBOR", KeyTrouble::kGarbled},
    {-4, "RX_INVALID_CBOR", KeyTrouble::kGarbled},
    {-5, "INVALID_PARAM", KeyTrouble::kGarbled},
    {-6, "INVALID_SIG", KeyTrouble::kGarbled},
    {-7, "INVALID_ARGUMENT", KeyTrouble::kOurFault},
    {-8, "USER_PRESENCE_REQUIRED", KeyTrouble::kRefused},
    {-9, "INTERNAL", KeyTrouble::kOurFault},
    {-10, "NOTFOUND", KeyTrouble::kNoCredential},
    {-11, "COMPRESS", KeyTrouble::kOurFault},
};

// clang-format on

TEST(SecurityKeyErrors, meanWhatTheTableSays) {
    for (const ErrorCase& each : kErrors) {
        SCOPED_TRACE(each.name);
        EXPECT_EQ(fido::troubleOf(each.code), each.trouble);
        EXPECT_EQ(fido::fidoErrorName(each.code), std::string("FIDO_ERR_") + each.name);
        const auto problem = fido::problemOf(each.code);
        EXPECT_EQ(problem.error().code, fido::errorCodeOf(each.trouble));
        EXPECT_EQ(problem.error().detail,
                  std::string(problem.code()) + " (FIDO_ERR_" + each.name + ")");
    }
}

/// Numbers that are not in the table, the vendors' among them (CTAP 2.1: 0xf0 to 0xff).
TEST(SecurityKeyErrors, areUnknownWhereNobodyNamedThem) {
    std::set<int> known{0};
    for (const ErrorCase& each : kErrors) known.insert(each.code);
    int unknown = 0;
    for (int code = -20; code <= 0x1ff; ++code) {
        if (known.count(code) != 0) continue;
        ++unknown;
        EXPECT_EQ(fido::troubleOf(code), KeyTrouble::kUnknown) << code;
    }
    EXPECT_EQ(unknown, 20 + 0x200 - static_cast<int>(known.size()) + 0);
    EXPECT_EQ(fido::fidoErrorName(0xf0), "FIDO_ERR_0xf0");
    EXPECT_EQ(fido::troubleOf(0), KeyTrouble::kOurFault) << "success is no trouble";
}

TEST(SecurityKeyErrors, haveACodeAndASentenceEach) {
    std::set<std::string_view> codes;
    std::set<std::string> sentences;
    const int last = static_cast<int>(KeyTrouble::kOurFault);
    for (int i = 0; i <= last; ++i) {
        const auto problem = fido::problem(static_cast<KeyTrouble>(i));
        codes.insert(problem.code());
        sentences.insert(problem.sentence());
        EXPECT_THAT(std::string(problem.code()), testing::MatchesRegex("[a-z][a-z0-9_]+"));
        EXPECT_EQ(problem.sentence().back(), '.') << problem.code();
        EXPECT_GT(problem.sentence().size(), 20u) << problem.code();
        EXPECT_EQ(problem.error().detail, problem.code());
    }
    EXPECT_EQ(codes.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last) + 1);
}

TEST(SecurityKeyErrors, sayHowManyAttemptsAreLeft) {
    auto wrong = fido::problem(KeyTrouble::kPinWrong);
    wrong.retries_left = 3;
    EXPECT_THAT(wrong.sentence(), testing::EndsWith(" 3 attempts are left."));
    wrong.retries_left = 1;
    EXPECT_THAT(wrong.sentence(),
                testing::EndsWith(" One attempt is left; after that the key is blocked."));
}

/// Each status of a key, through libfido2 and the library, where a person waits for an assertion.
class SecurityKeyStatus : public Person, public testing::WithParamInterface<ErrorCase> {};

TEST_P(SecurityKeyStatus, reachesThePerson) {
    VirtualDevice& device = slots_.add();
    enrolled(device);
    LinkFaults faults;
    faults.answers[0x02] = {static_cast<std::uint8_t>(GetParam().code)};
    device.setFaults(faults);
    auto request = shown();
    request.user_verification = fido::UserVerification::kDiscouraged;
    // It has no PIN, and says that it wants one.
    const auto expected =
        GetParam().trouble == KeyTrouble::kPinNeeded ? KeyTrouble::kPinNotSet : GetParam().trouble;
    EXPECT_EQ(troubleIn(keys().getAssertion(request)), expected);
}

std::vector<ErrorCase> statuses() {
    std::vector<ErrorCase> out;
    for (const ErrorCase& each : kErrors) {
        if (each.code > 0) out.push_back(each);
    }
    out.push_back({0xf1, "VENDOR", KeyTrouble::kUnknown});
    return out;
}

INSTANTIATE_TEST_SUITE_P(Each,
                         SecurityKeyStatus,
                         testing::ValuesIn(statuses()),
                         [](const auto& each) { return std::string(each.param.name); });

struct GarbledCase {
    const char* name;
    Bytes answer;
};

class SecurityKeyGarbage : public Person, public testing::WithParamInterface<GarbledCase> {};

TEST_P(SecurityKeyGarbage, isSaidToBeUnreadable) {
    VirtualDevice& device = slots_.add();
    enrolled(device);
    LinkFaults faults;
    faults.answers[0x02] = GetParam().answer;
    device.setFaults(faults);
    auto request = shown();
    request.user_verification = fido::UserVerification::kDiscouraged;
    EXPECT_EQ(troubleIn(keys().getAssertion(request)), KeyTrouble::kGarbled);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         SecurityKeyGarbage,
                         testing::Values(GarbledCase{"no_cbor", {0x00, 0xff}},
                                         GarbledCase{"empty_map", {0x00, 0xa0}},
                                         GarbledCase{"no_map", {0x00, 0x01}}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace sallyport::test
