#include "app/attestation.h"
#include "tests/support/certificates.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <fstream>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;

constexpr const char* kModel = "cb69481e-8ff7-4039-93ec-0a2729a154a8";

Config listing(const std::string& roots) {
    Config config;
    config.file = "f";
    config.webauthn.authenticators.push_back({kModel, "Key", roots, "5.7.0", ""});
    return config;
}

std::string copied(const std::string& from) {
    std::ifstream in(from);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Attestation, ofAnOpenProfileTakesEveryForm) {
    RecordProperty("requirement", "F-05");
    for (const Profile profile : {Profile::kDev, Profile::kStandard}) {
        const auto policy = attestationPolicy(Config(), profile);
        ASSERT_THAT(policy, isOk());
        EXPECT_TRUE(policy->allow_none);
        EXPECT_TRUE(policy->allow_self);
        EXPECT_TRUE(policy->allow_unlisted);
        EXPECT_TRUE(policy->allow_backup_eligible);
        EXPECT_FALSE(policy->trust_any_root);
    }
}

TEST(Attestation, ofRegulatedTakesListedHardwareAlone) {
    RecordProperty("requirement", "F-05,F-04");
    const auto policy = attestationPolicy(Config(), Profile::kRegulated);
    ASSERT_THAT(policy, isOk());
    EXPECT_FALSE(policy->allow_none);
    EXPECT_FALSE(policy->allow_self);
    EXPECT_FALSE(policy->allow_unlisted);
    EXPECT_FALSE(policy->allow_backup_eligible);
    EXPECT_FALSE(policy->trust_any_root);
}

TEST(Attestation, isNarrowedByConfiguration) {
    Config config;
    config.webauthn.attestation = Config::Texts{"packed", "self"};
    config.webauthn.unlisted = false;
    config.webauthn.synced = false;
    const auto policy = attestationPolicy(config, Profile::kStandard);
    ASSERT_THAT(policy, isOk());
    EXPECT_FALSE(policy->allow_none);
    EXPECT_TRUE(policy->allow_self);
    EXPECT_FALSE(policy->allow_unlisted);
    EXPECT_FALSE(policy->allow_backup_eligible);
}

TEST(Attestation, readsTheRootsOfAModel) {
    const test::Certificates certificates;
    const test::TemporaryDirectory folder;
    const std::string both = folder.file("roots.pem");
    std::ofstream(both) << "Two of them\n"
                        << copied(certificates.caFile()) << "and\n"
                        << copied(certificates.good().certificate);
    const auto policy = attestationPolicy(listing(both), Profile::kRegulated);
    ASSERT_THAT(policy, isOk());
    ASSERT_EQ(policy->authenticators.size(), 1U);
    const fido::Authenticator& model = policy->authenticators.front();
    EXPECT_EQ(fido::textOf(model.aaguid), kModel);
    EXPECT_EQ(model.roots.size(), 2U);
    EXPECT_EQ(model.min_firmware, 0x00050700U);
    EXPECT_FALSE(model.denied.has_value());
}

TEST(Attestation, refusesRootsThatCannotBeRead) {
    const test::Certificates certificates;
    const test::TemporaryDirectory folder;
    const std::string file = folder.file("roots.pem");
    const auto refusal = [&](const std::string& text) {
        std::ofstream(file) << text;
        const auto policy = attestationPolicy(listing(file), Profile::kRegulated);
        EXPECT_THAT(policy, failsWith(ErrorCode::kInvalidRequest));
        return policy ? std::string() : policy.error().detail;
    };
    const std::string good = copied(certificates.caFile());
    EXPECT_THAT(refusal(""), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal("no certificate"), HasSubstr("no certificate"));
    EXPECT_THAT(refusal(copied(certificates.good().key)), HasSubstr("no certificate"));
    EXPECT_THAT(refusal(good.substr(0, good.size() / 2)), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal(good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                HasSubstr("cannot be read"));
    EXPECT_THAT(refusal(std::string(300 * 1024, 'x')), HasSubstr("256 KiB"));
    EXPECT_THAT(attestationPolicy(listing(folder.file("none")), Profile::kRegulated),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST(Attestation, refusesAModelThatIsThereTwice) {
    const test::Certificates certificates;
    Config config = listing(certificates.caFile());
    config.webauthn.authenticators.push_back(config.webauthn.authenticators.front());
    const auto policy = attestationPolicy(config, Profile::kStandard);
    ASSERT_THAT(policy, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(policy.error().detail, HasSubstr("webauthn.authenticators[1].aaguid"));
}

}  // namespace
}  // namespace sallyport::app
