#include "base/base64url.h"
#include "cli/webauthn_check.h"
#include "tests/support/cli_program.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/browser.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

namespace sallyport::cli {
namespace {

using testing::HasSubstr;

const Time kNow = timeFromMicros(1'767'323'045'000'000);

test::BrowserCeremony ceremony() {
    test::BrowserCeremony out;
    out.challenge = Bytes(32, 0x07);
    out.origin = "https://login.example.test";
    out.rp_id = "example.test";
    out.user_id = Bytes(16, 0x11);
    return out;
}

Json parsed(const std::string& text) {
    auto json = Json::parse(text);
    EXPECT_THAT(json, test::isOk()) << text;
    return json ? *json : Json();
}

Json::Object question(const char* type, const std::string& response) {
    return Json::Object{
        {"type", type},
        {"rp_id", "example.test"},
        {"origins", Json::Array{"https://login.example.test"}},
        {"challenge", base64url::encode(Bytes(32, 0x07))},
        {"user_verification", "required"},
        {"policy", Json::Object{{"attestation", Json::Array{"packed"}}, {"trust_any_root", true}}},
        {"response", parsed(response)}};
}

Json::Object registrationQuestion(test::VirtualKey& key) {
    return question("registration", test::registration(key, ceremony()).json());
}

std::string word(const Result<Json>& answer, std::string_view member) {
    const Json* const found = answer ? answer->find(member) : nullptr;
    return found == nullptr || found->asString() == nullptr ? "" : *found->asString();
}

std::int64_t countOf(const Json& answer) {
    return *answer.find("credential")->find("sign_count")->asInteger();
}

TEST(WebAuthnCheck, acceptsARegistrationAndThenItsAssertions) {
    test::VirtualKey key;
    const auto made = checkWebAuthn(registrationQuestion(key), kNow);
    ASSERT_THAT(made, test::isOk());
    ASSERT_TRUE(isAccepted(*made)) << made->text();
    EXPECT_EQ(word(made, "code"), "ok");

    Json::Object use = question("assertion", test::assertion(key, ceremony()).json());
    use["credential"] = *made->find("credential");
    const auto used = checkWebAuthn(use, kNow);
    ASSERT_TRUE(used && isAccepted(*used)) << used->text();
    EXPECT_GT(countOf(*used), countOf(*made));

    // The record after a use refuses the same use again.
    use["credential"] = *used->find("credential");
    EXPECT_EQ(word(checkWebAuthn(use, kNow), "code"), "counter_regression");
}

struct BentCase {
    const char* name;
    std::function<void(Json::Object&)> bend;
};

class WebAuthnCheckRefuses : public testing::TestWithParam<BentCase> {};

TEST_P(WebAuthnCheckRefuses, aRegistrationThatWasNotAskedForSo) {
    test::VirtualKey key;
    Json::Object input = registrationQuestion(key);
    GetParam().bend(input);
    const auto answer = checkWebAuthn(input, kNow);
    ASSERT_THAT(answer, test::isOk());
    EXPECT_EQ(word(answer, "verdict"), "refused");
    EXPECT_THAT(word(answer, "code"), testing::MatchesRegex("[a-z_0-9]+"));
    EXPECT_NE(word(answer, "code"), "ok");
    EXPECT_THAT(word(answer, "step"), HasSubstr("7.1"));
    EXPECT_EQ(answer->find("credential"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Bent,
    WebAuthnCheckRefuses,
    testing::Values(
        BentCase{"challenge", [](auto& i) { i["challenge"] = base64url::encode(Bytes(32, 8)); }},
        BentCase{"origin", [](auto& i) { i["origins"] = Json::Array{"https://evil.test"}; }},
        BentCase{"noOrigin", [](auto& i) { i["origins"] = Json::Array{}; }},
        BentCase{"rpId", [](auto& i) { i["rp_id"] = "login.example.test"; }},
        BentCase{"algorithm", [](auto& i) { i["algorithms"] = Json::Array{-257}; }},
        BentCase{"unknownRoot",
                 [](auto& i) {
                     i["policy"] = Json::Object{{"attestation", Json::Array{"packed"}}};
                 }},
        BentCase{"formatNotAllowed",
                 [](auto& i) {
                     i["policy"] = Json::Object{{"attestation", Json::Array{"none", "self"}},
                                                {"trust_any_root", true}};
                 }},
        BentCase{"responseIsAnAssertion",
                 [](auto& i) {
                     test::VirtualKey key;
                     test::registration(key, ceremony());
                     i["response"] = parsed(test::assertion(key, ceremony()).json());
                 }}),
    [](const testing::TestParamInfo<BentCase>& parameter) { return parameter.param.name; });

class WebAuthnCheckMisuse : public testing::TestWithParam<BentCase> {};

TEST_P(WebAuthnCheckMisuse, isNoVerdict) {
    test::VirtualKey key;
    Json::Object input = registrationQuestion(key);
    GetParam().bend(input);
    EXPECT_THAT(checkWebAuthn(input, kNow), test::failsWith(ErrorCode::kInvalidRequest));
}

INSTANTIATE_TEST_SUITE_P(
    Bent,
    WebAuthnCheckMisuse,
    testing::Values(
        BentCase{"noType", [](auto& i) { i.erase("type"); }},
        BentCase{"otherType", [](auto& i) { i["type"] = "login"; }},
        BentCase{"unknownMember", [](auto& i) { i["rpid"] = "example.test"; }},
        BentCase{"noRpId", [](auto& i) { i.erase("rp_id"); }},
        BentCase{"originsNoList", [](auto& i) { i["origins"] = "https://login.example.test"; }},
        BentCase{"originsOfNumbers", [](auto& i) { i["origins"] = Json::Array{1}; }},
        BentCase{"paddedChallenge", [](auto& i) { i["challenge"] = "BwcHBw=="; }},
        BentCase{"userVerification", [](auto& i) { i["user_verification"] = "yes"; }},
        BentCase{"noPolicy", [](auto& i) { i.erase("policy"); }},
        BentCase{"policyMember",
                 [](auto& i) {
                     i["policy"] =
                         Json::Object{{"attestation", Json::Array{}}, {"roots", Json::Array{}}};
                 }},
        BentCase{"trustAnyRootNoFlag",
                 [](auto& i) {
                     i["policy"] =
                         Json::Object{{"attestation", Json::Array{}}, {"trust_any_root", "true"}};
                 }},
        BentCase{"unknownAlgorithm",
                 [](auto& i) {
                     i["algorithms"] = Json::Array{-7, 1};
                 }},
        BentCase{"noResponse", [](auto& i) { i.erase("response"); }},
        BentCase{"responseNoObject", [](auto& i) { i["response"] = "x"; }},
        BentCase{"assertionWithoutCredential", [](auto& i) { i["type"] = "assertion"; }},
        BentCase{"credentialWithoutKey",
                 [](auto& i) {
                     i["type"] = "assertion";
                     i["credential"] = Json::Object{{"id", "AAAA"}};
                 }}),
    [](const testing::TestParamInfo<BentCase>& parameter) { return parameter.param.name; });

/// The program itself, on a file.
class WebAuthnCheckProgram : public testing::Test {
  protected:
    int check(const std::string& text) {
        std::ofstream(program.file("in.json")) << text;
        return program.run({"webauthn", "check", program.file("in.json")});
    }

    std::string verdict() const {
        return word(Json::parse(program.out.substr(0, program.out.size() - 1)), "verdict");
    }

    test::CliProgram program;
};

TEST_F(WebAuthnCheckProgram, answersADocumentAndTheVerdictAsExitCode) {
    program.clock.set(kNow);
    test::VirtualKey key;
    Json::Object input = registrationQuestion(key);
    EXPECT_EQ(check(Json(input).text()), 0) << program.out;
    EXPECT_EQ(verdict(), "accepted");

    input["challenge"] = base64url::encode(Bytes(32, 8));
    EXPECT_EQ(check(Json(input).text()), 3) << program.out;
    EXPECT_EQ(verdict(), "refused");
}

TEST_F(WebAuthnCheckProgram, endsWithTwoForWhatIsNoQuestion) {
    EXPECT_EQ(check("{"), 2);
    EXPECT_EQ(check("[]"), 2);
    EXPECT_EQ(check(R"({"type":"registration","type":"assertion"})"), 2);
    EXPECT_EQ(check(std::string(300'000, ' ')), 2);
    EXPECT_EQ(program.run({"webauthn", "check", "/nowhere/in.json"}), 2);
    EXPECT_EQ(program.run({"webauthn", "check", "/"}), 2);
    EXPECT_EQ(program.run({"webauthn", "check"}), 2);
}

}  // namespace
}  // namespace sallyport::cli
