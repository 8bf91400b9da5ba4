#include "app/profile.h"

#include "app/action_policies.h"

#include <array>

namespace sallyport::app {
namespace {

constexpr std::array<std::string_view, 3> kNames{"dev", "standard", "regulated"};

constexpr std::int64_t kDevMultiplier = 1000;

Status checkPublicUrl(const Config& config,
                      Profile profile,
                      const std::optional<http::PublicUrl>& url) {
    constexpr std::string_view kKey = "service.public_url";
    if (!url) {
        if (profile == Profile::kDev) return {};
        return config.refuse(kKey,
                             "is missing: profile " + std::string(name(profile)) + " needs it");
    }
    if (url->isHttps()) return {};
    if (profile == Profile::kDev && url->isLoopbackHttp()) return {};
    return config.refuse(kKey,
                         profile == Profile::kDev
                             ? "http:// is for localhost, 127.0.0.1 and [::1] only"
                             : "must be https:// (http:// is for profile dev on localhost only)");
}

Status checkListeners(const Config& config, const Policy& policy) {
    if (!policy.operations.isLocal())
        return config.refuse("http.operations", "must be a loopback address or a unix socket");
    switch (policy.profile) {
        case Profile::kDev:
            if (!policy.listen.isLocal())
                return config.refuse("http.listen", "profile dev listens on loopback only");
            return {};
        case Profile::kStandard:
            if (!policy.listen.isLocal() && config.http.trusted_proxies.empty())
                return config.refuse("http.listen",
                                     "beyond loopback a TLS proxy must stand in front: name it in "
                                     "http.trusted_proxies");
            return {};
        case Profile::kRegulated:
            if (!policy.listen.isUnix())
                return config.refuse("http.listen",
                                     "profile regulated takes plain HTTP over a unix socket only: "
                                     "unix:/run/sallyport/http.sock");
            return {};
    }
    return {};
}

Status checkLinks(const Config& config, Profile profile) {
    if (profile == Profile::kRegulated && config.links.create_accounts.value_or(false))
        return config.refuse("links.create_accounts",
                             "profile regulated never makes accounts for "
                             "unknown addresses");
    return {};
}

Status checkMail(const Config& config) {
    if (config.mail.transport == "smtp" && config.mail.host.empty())
        return config.refuse("mail.host", "is missing: the transport smtp needs it");
    if (config.mail.user.empty() != config.mail.password_file.empty())
        return config.refuse(config.mail.user.empty() ? "mail.password_file" : "mail.user",
                             "mail.user and mail.password_file stand together");
    return {};
}

Status checkSessions(const Config& config) {
    if (config.sessions.inbox_idle > config.sessions.inbox_absolute)
        return config.refuse("sessions.inbox_idle",
                             "must not be longer than sessions.inbox_absolute");
    if (config.sessions.key_idle > config.sessions.key_absolute)
        return config.refuse("sessions.key_idle", "must not be longer than sessions.key_absolute");
    return {};
}

/// WebAuthn L3 5.1.2: the RP ID is the host or a parent
/// of it.
Status checkRelyingParty(const Config& config, const std::optional<http::PublicUrl>& url) {
    if (config.webauthn.rp_id.empty() || !url) return {};
    const std::string& host = url->host();
    const std::string suffix = "." + config.webauthn.rp_id;
    if (host == config.webauthn.rp_id || host.ends_with(suffix)) return {};
    return config.refuse("webauthn.rp_id",
                         "must be the host of service.public_url or a parent of it");
}

/// `regulated`: attested by certificate, verified, of a listed model, bound to its hardware.
Status checkAuthenticators(const Config& config, Profile profile) {
    if (profile != Profile::kRegulated) return {};
    const Config::Webauthn& webauthn = config.webauthn;
    if (webauthn.attestation.value_or(Config::Texts{"packed"}) != Config::Texts{"packed"})
        return config.refuse("webauthn.attestation", "profile regulated takes \"packed\" alone");
    if (webauthn.unlisted.value_or(false))
        return config.refuse("webauthn.unlisted", "profile regulated takes listed models alone");
    if (webauthn.synced.value_or(false))
        return config.refuse("webauthn.synced", "profile regulated takes no synced passkeys");
    for (const Config::Authenticator& listed : webauthn.authenticators)
        if (listed.denied.empty()) return {};
    return config.refuse("webauthn.authenticators",
                         "profile regulated needs at least one model that is not denied");
}

}  // namespace

std::string_view name(Profile profile) {
    return kNames.at(static_cast<std::size_t>(profile));
}

std::optional<Profile> profileFromName(std::string_view text) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames.at(i) == text) return static_cast<Profile>(i);
    return std::nullopt;
}

bool isTestBuild() {
#ifdef SALLYPORT_TEST_BUILD
    return true;
#else
    return false;
#endif
}

Status judgeProfile(Profile profile) {
    if (profile != Profile::kRegulated || isTestBuild()) return {};
    return fail(ErrorCode::kForbidden,
                "regulated needs the mint as a process of its own, which this version does not "
                "have yet; standard is the strictest profile that it serves");
}

Result<Policy> policyOf(const Config& config) {
    const Profile profile = profileFromName(config.service.profile).value_or(Profile::kRegulated);
    if (const Status served = judgeProfile(profile); !served)
        return fail(ErrorCode::kForbidden,
                    config.refuse("service.profile", served.error().detail).detail);
    std::optional<http::PublicUrl> url;
    if (!config.service.public_url.empty()) {
        SALLYPORT_TRY(url, http::PublicUrl::parse(config.service.public_url));
    }
    SALLYPORT_TRY(auto listen, http::ListenAddress::parse(config.http.listen));
    SALLYPORT_TRY(auto operations, http::ListenAddress::parse(config.http.operations));
    SALLYPORT_TRY(auto proxies, http::TrustedProxies::parse(config.http.trusted_proxies));
    const bool dev = profile == Profile::kDev;
    const bool regulated = profile == Profile::kRegulated;
    Policy policy{
        .profile = profile,
        .link_opens = regulated ? mint::SessionKind::kPending : mint::SessionKind::kInbox,
        .relay = config.links.relay.value_or(dev || regulated),
        .create_accounts = config.links.create_accounts.value_or(dev),
        .limit_multiplier = dev ? kDevMultiplier : 1,
        .dev_pages = dev,
        .allows_test_clock = dev,
        .public_url = url,
        .listen = std::move(listen),
        .operations = std::move(operations),
        .trusted_proxies = std::move(proxies),
        .proxies_only = false,
        .actions = {},
    };
    policy.proxies_only = profile == Profile::kStandard && !policy.listen.isLocal();
    SALLYPORT_CHECK(checkPublicUrl(config, profile, url));
    SALLYPORT_CHECK(checkListeners(config, policy));
    SALLYPORT_CHECK(checkLinks(config, profile));
    SALLYPORT_CHECK(checkMail(config));
    SALLYPORT_CHECK(checkSessions(config));
    SALLYPORT_CHECK(checkRelyingParty(config, url));
    SALLYPORT_CHECK(checkAuthenticators(config, profile));
    SALLYPORT_TRY(policy.actions, actionPolicies(config));
    return policy;
}

Result<Policy> withPort(Policy policy, std::uint16_t port) {
    if (!isDev(policy) || policy.listen.isUnix())
        return fail(ErrorCode::kInvalidRequest,
                    "--port is for profile dev with a loopback listener only");
    policy.listen.port = port;
    policy.public_url.reset();
    return policy;
}

Result<std::string> judgeToken(Profile profile, bool allow_soft_token, std::string_view model) {
    if (!model.starts_with("SoftHSM")) return std::string();
    constexpr std::string_view kNotice =
        "the token is software (SoftHSM): whoever reads its files has every key";
    switch (profile) {
        case Profile::kDev:
            return std::string(kNotice);
        case Profile::kStandard:
            if (allow_soft_token) return std::string(kNotice);
            return fail(ErrorCode::kForbidden,
                        "the token is software (SoftHSM): profile standard needs hardware, or "
                        "hsm.allow_soft_token = true");
        case Profile::kRegulated:
            if (isTestBuild()) return std::string(kNotice);
            return fail(ErrorCode::kForbidden,
                        "the token is software (SoftHSM): profile regulated needs hardware");
    }
    return std::string();
}

Status judgeInstallation(Profile configured, std::string_view installed) {
    const auto profile = profileFromName(installed);
    if (!profile)
        return fail(ErrorCode::kIntegrity, "the installation row names no profile that we know");
    if (configured < *profile)
        return fail(ErrorCode::kForbidden,
                    "service.profile = \"" + std::string(name(configured)) +
                        "\" is weaker than what this database was initialized for: " +
                        std::string(installed));
    return {};
}

}  // namespace sallyport::app
