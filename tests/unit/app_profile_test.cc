#include "app/profile.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <functional>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using testing::HasSubstr;

/// A configuration that its profile allows, to be changed by a test.
Config allowed(Profile profile) {
    const auto config = parseConfig(R"([service]
public_url = "https://login.example.org"
[hsm]
module = "/m"
token_label = "t"
[mail]
from = "no-reply@example.org"
host = "smtp.example.org"
)",
                                    "f");
    Config changed = *config;
    changed.service.profile = name(profile);
    if (profile == Profile::kDev) changed.service.public_url.clear();
    if (profile == Profile::kRegulated) {
        changed.http.listen = "unix:/run/s.sock";
        changed.webauthn.authenticators.push_back(
            {"cb69481e-8ff7-4039-93ec-0a2729a154a8", "Key", "/r.pem", "", ""});
    }
    return changed;
}

TEST(Profile, devIsWideOpenAndLocal) {
    const auto policy = policyOf(allowed(Profile::kDev));
    ASSERT_THAT(policy, isOk());
    EXPECT_EQ(policy->link_opens, mint::SessionKind::kInbox);
    EXPECT_TRUE(policy->relay);
    EXPECT_TRUE(policy->create_accounts);
    EXPECT_EQ(policy->limit_multiplier, 1000);
    EXPECT_TRUE(policy->dev_pages);
    EXPECT_TRUE(policy->allows_test_clock);
    EXPECT_FALSE(policy->public_url.has_value());
}

TEST(Profile, standardGivesAnInboxSessionAndNothingMore) {
    const auto policy = policyOf(allowed(Profile::kStandard));
    ASSERT_THAT(policy, isOk());
    EXPECT_EQ(policy->link_opens, mint::SessionKind::kInbox);
    EXPECT_FALSE(policy->relay);
    EXPECT_FALSE(policy->create_accounts);
    EXPECT_EQ(policy->limit_multiplier, 1);
    EXPECT_FALSE(policy->dev_pages);
    EXPECT_FALSE(policy->allows_test_clock);
}

TEST(Profile, standardAllowsRelayAndAccountsByConfiguration) {
    Config config = allowed(Profile::kStandard);
    config.links.relay = true;
    config.links.create_accounts = true;
    const auto policy = policyOf(config);
    ASSERT_THAT(policy, isOk());
    EXPECT_TRUE(policy->relay);
    EXPECT_TRUE(policy->create_accounts);
}

TEST(Profile, regulatedGivesAPendingSessionOnly) {
    if (!isTestBuild()) GTEST_SKIP() << "this build does not serve regulated";
    const auto policy = policyOf(allowed(Profile::kRegulated));
    ASSERT_THAT(policy, isOk());
    EXPECT_EQ(policy->link_opens, mint::SessionKind::kPending);
    EXPECT_TRUE(policy->relay);
    EXPECT_FALSE(policy->create_accounts);
    EXPECT_EQ(policy->limit_multiplier, 1);
    EXPECT_FALSE(policy->dev_pages);
}

TEST(Profile, regulatedIsServedByTheTestBuildOnly) {
    EXPECT_EQ(judgeProfile(Profile::kRegulated).has_value(), isTestBuild());
    EXPECT_THAT(judgeProfile(Profile::kStandard), isOk());
    EXPECT_THAT(judgeProfile(Profile::kDev), isOk());
}

struct Case {
    const char* name;
    Profile profile;
    void (*change)(Config&);
    const char* error;  ///< null: allowed
};

class ProfileRule : public testing::TestWithParam<Case> {};

TEST_P(ProfileRule, holds) {
    Config config = allowed(GetParam().profile);
    GetParam().change(config);
    const auto policy = policyOf(config);
    if (GetParam().error == nullptr) {
        EXPECT_THAT(policy, isOk());
        return;
    }
    ASSERT_THAT(policy, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(policy.error().detail, HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Profile,
    ProfileRule,
    testing::Values(Case{"devBeyondLoopback",
                         Profile::kDev,
                         [](Config& c) { c.http.listen = "0.0.0.0:80"; },
                         "http.listen"},
                    Case{"devBeyondLoopbackWithProxies",
                         Profile::kDev,
                         [](Config& c) {
                             c.http.listen = "192.0.2.1:80";
                             c.http.trusted_proxies = {"192.0.2.2"};
                         },
                         "http.listen"},
                    Case{"devOnIpv6Loopback",
                         Profile::kDev,
                         [](Config& c) { c.http.listen = "[::1]:0"; },
                         nullptr},
                    Case{"devOnUnixSocket",
                         Profile::kDev,
                         [](Config& c) { c.http.listen = "unix:/s"; },
                         nullptr},
                    Case{"devUnderAName",
                         Profile::kDev,
                         [](Config& c) { c.service.public_url = "http://dev.example.org"; },
                         "service.public_url"},
                    Case{"devOnLocalhost",
                         Profile::kDev,
                         [](Config& c) { c.service.public_url = "http://localhost:8080"; },
                         nullptr},
                    Case{"standardBeyondLoopback",
                         Profile::kStandard,
                         [](Config& c) { c.http.listen = "192.0.2.1:80"; },
                         "http.trusted_proxies"},
                    Case{"standardBehindAProxy",
                         Profile::kStandard,
                         [](Config& c) {
                             c.http.listen = "192.0.2.1:80";
                             c.http.trusted_proxies = {"192.0.2.2"};
                         },
                         nullptr},
                    Case{"standardWithoutTls",
                         Profile::kStandard,
                         [](Config& c) { c.service.public_url = "http://login.example.org"; },
                         "service.public_url"},
                    Case{"standardOnLocalhostWithoutTls",
                         Profile::kStandard,
                         [](Config& c) { c.service.public_url = "http://localhost"; },
                         "service.public_url"},
                    Case{"standardWithoutUrl",
                         Profile::kStandard,
                         [](Config& c) { c.service.public_url.clear(); },
                         "service.public_url"},
                    Case{"operationsBeyondLoopback",
                         Profile::kStandard,
                         [](Config& c) { c.http.operations = "0.0.0.0:9464"; },
                         "http.operations"},
                    Case{"mailWithoutHost",
                         Profile::kStandard,
                         [](Config& c) { c.mail.host.clear(); },
                         "mail.host"},
                    Case{"userWithoutPassword",
                         Profile::kStandard,
                         [](Config& c) { c.mail.user = "u"; },
                         "mail.password_file"},
                    Case{"passwordWithoutUser",
                         Profile::kStandard,
                         [](Config& c) { c.mail.password_file = "/p"; },
                         "mail.user"},
                    Case{"idleLongerThanAbsolute",
                         Profile::kStandard,
                         [](Config& c) { c.sessions.inbox_absolute = std::chrono::minutes(5); },
                         "sessions.inbox_idle"},
                    Case{"keyIdleLongerThanAbsolute",
                         Profile::kStandard,
                         [](Config& c) { c.sessions.key_absolute = std::chrono::minutes(5); },
                         "sessions.key_idle"},
                    Case{"rpIdIsParent",
                         Profile::kStandard,
                         [](Config& c) { c.webauthn.rp_id = "example.org"; },
                         nullptr},
                    Case{"rpIdIsAnotherHost",
                         Profile::kStandard,
                         [](Config& c) { c.webauthn.rp_id = "ample.org"; },
                         "webauthn.rp_id"}),
    [](const auto& each) { return each.param.name; });

#ifdef SALLYPORT_TEST_BUILD
INSTANTIATE_TEST_SUITE_P(Regulated,
                         ProfileRule,
                         testing::Values(Case{"onLoopback",
                                              Profile::kRegulated,
                                              [](Config& c) { c.http.listen = "127.0.0.1:8080"; },
                                              "http.listen"},
                                         Case{"accountsForUnknownAddresses",
                                              Profile::kRegulated,
                                              [](Config& c) { c.links.create_accounts = true; },
                                              "links.create_accounts"},
                                         Case{"relayOff",
                                              Profile::kRegulated,
                                              [](Config& c) { c.links.relay = false; },
                                              nullptr}),
                         [](const auto& each) { return each.param.name; });
#endif

TEST(Profile, portIsForDevelopmentOnLoopback) {
    auto policy = policyOf(allowed(Profile::kDev));
    ASSERT_THAT(policy, isOk());
    const auto moved = withPort(*policy, 1234);
    ASSERT_THAT(moved, isOk());
    EXPECT_EQ(moved->listen.port, 1234);
    EXPECT_FALSE(moved->public_url.has_value());
    auto standard = policyOf(allowed(Profile::kStandard));
    ASSERT_THAT(standard, isOk());
    EXPECT_THAT(withPort(*standard, 1234), failsWith(ErrorCode::kInvalidRequest));
}

TEST(Profile, aSoftTokenNeedsPermission) {
    EXPECT_THAT(judgeToken(Profile::kDev, false, "SoftHSM v2"),
                isOkAndHolds(HasSubstr("software")));
    EXPECT_THAT(judgeToken(Profile::kStandard, true, "SoftHSM v2"),
                isOkAndHolds(HasSubstr("software")));
    EXPECT_THAT(judgeToken(Profile::kStandard, false, "SoftHSM v2"),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(judgeToken(Profile::kRegulated, true, "SoftHSM v2").has_value(), isTestBuild());
    for (const Profile profile : {Profile::kDev, Profile::kStandard, Profile::kRegulated})
        EXPECT_THAT(judgeToken(profile, false, "YubiHSM"), isOkAndHolds(std::string()));
}

TEST(Profile, isNeverWeakerThanAtInit) {
    EXPECT_THAT(judgeInstallation(Profile::kStandard, "standard"), isOk());
    EXPECT_THAT(judgeInstallation(Profile::kRegulated, "standard"), isOk());
    EXPECT_THAT(judgeInstallation(Profile::kDev, "standard"), failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(judgeInstallation(Profile::kStandard, "regulated"),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(judgeInstallation(Profile::kDev, "else"), failsWith(ErrorCode::kIntegrity));
}

TEST(Profile, namesAreThoseOfTheConfiguration) {
    for (const Profile profile : {Profile::kDev, Profile::kStandard, Profile::kRegulated})
        EXPECT_EQ(profileFromName(name(profile)), profile);
    EXPECT_EQ(profileFromName("Dev"), std::nullopt);
}

TEST(Profile, regulatedAcceptsListedHardwareAlone) {
    RecordProperty("requirement", "F-05");
    if (!isTestBuild()) GTEST_SKIP() << "this build does not serve regulated";
    const auto refusal = [](const std::function<void(Config::Webauthn&)>& change) {
        Config config = allowed(Profile::kRegulated);
        change(config.webauthn);
        const auto policy = policyOf(config);
        EXPECT_THAT(policy, failsWith(ErrorCode::kInvalidRequest));
        return policy ? std::string() : policy.error().detail;
    };
    EXPECT_THAT(refusal([](auto& w) {
                    w.attestation = Config::Texts{"packed", "none"};
                }),
                HasSubstr("webauthn.attestation"));
    EXPECT_THAT(refusal([](auto& w) { w.attestation = Config::Texts{}; }),
                HasSubstr("webauthn.attestation"));
    EXPECT_THAT(refusal([](auto& w) { w.unlisted = true; }), HasSubstr("webauthn.unlisted"));
    EXPECT_THAT(refusal([](auto& w) { w.synced = true; }), HasSubstr("webauthn.synced"));
    EXPECT_THAT(refusal([](auto& w) { w.authenticators.clear(); }),
                HasSubstr("webauthn.authenticators"));
    EXPECT_THAT(refusal([](auto& w) { w.authenticators[0].denied = "REVOKED"; }),
                HasSubstr("webauthn.authenticators"));
    Config said = allowed(Profile::kRegulated);
    said.webauthn.attestation = Config::Texts{"packed"};
    said.webauthn.unlisted = false;
    said.webauthn.synced = false;
    EXPECT_THAT(policyOf(said), isOk());
    for (const Profile profile : {Profile::kDev, Profile::kStandard}) {
        Config config = allowed(profile);
        config.webauthn.unlisted = true;
        EXPECT_THAT(policyOf(config), isOk());
    }
}

}  // namespace
}  // namespace sallyport::app
