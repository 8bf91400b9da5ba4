#include "action/policy.h"
#include "app/config_keys.h"
#include "fido/attestation_trust.h"

#include <array>

namespace sallyport::app {
namespace {

using namespace keys;
using std::chrono::hours;
using std::chrono::minutes;

using C = Config;

/// What a JSON number holds exactly.
constexpr std::int64_t kMostExact = (std::int64_t{1} << 53U) - 1;

/// What a name in a token, a log line or a row may be made of.
Status plainName(std::string_view text) {
    return require(!text.empty() && text.size() <= 64 && onlyOf(text, {kLower, kDigits, "-_."}) &&
                       text.front() != '.' && text.back() != '.',
                   "must be 1 to 64 lower-case letters, digits, hyphens, underscores and dots");
}

Status parameterName(std::string_view text) {
    return require(!text.empty() && text.size() <= 64 && onlyOf(text, {kLower, kDigits, "_"}),
                   "must be 1 to 64 lower-case letters, digits and underscores");
}

/// As the authority record joins them.
Status roleName(std::string_view text) {
    return require(!text.empty() && text.size() <= 32 && onlyOf(text, {kLower, kDigits, "-"}),
                   "must be 1 to 32 lower-case letters, digits and hyphens");
}

Status shortText(std::string_view text) {
    return require(!text.empty() && text.size() <= 128, "must be 1 to 128 bytes");
}

Status sentence(std::string_view text) {
    return require(!text.empty() && text.size() <= 1000, "must be 1 to 1000 bytes");
}

Status jwk(std::string_view text) {
    return require(!text.empty() && text.size() <= 4096, "must be a JWK of at most 4096 bytes");
}

/// RFC 9700 2.1: compared byte by byte, so only one spelling is taken.
Status redirectUri(std::string_view text) {
    constexpr const char* kMust =
        "must be https:// (http:// for localhost, 127.0.0.1 and [::1]) with a path and without "
        "fragment";
    for (const char c : text)
        SALLYPORT_CHECK(require(c > ' ' && c < '\x7f' && c != '#' && c != '\\', kMust));
    const std::size_t scheme = text.find("://");
    SALLYPORT_CHECK(require(scheme != std::string_view::npos && text.size() <= 512, kMust));
    const std::size_t path = text.find('/', scheme + 3);
    SALLYPORT_CHECK(require(path != std::string_view::npos, kMust));
    const auto url = http::PublicUrl::parse(text.substr(0, path));
    return require(url.has_value() && (url->isHttps() || url->isLoopbackHttp()), kMust);
}

Status resourceName(std::string_view text) {
    constexpr const char* kMust = "must be 1 to 256 printable ASCII characters without a space";
    SALLYPORT_CHECK(require(!text.empty() && text.size() <= 256, kMust));
    for (const char c : text) SALLYPORT_CHECK(require(c > ' ' && c < '\x7f', kMust));
    return {};
}

Status clientAcr(std::string_view text) {
    return require(
        text == "0" || text == "urn:sallyport:acr:key" || text == "phr" || text == "phrh",
        "must be \"0\", urn:sallyport:acr:key, phr or phrh");
}

/// An approval is made with user verification, so nothing less can be asked for.
Status approvalAcr(std::string_view text) {
    return require(text == "phr" || text == "phrh", "must be phr or phrh");
}

Status channelName(std::string_view text) {
    return require(channelFromName(text).has_value(), "must be browser or cli");
}

Status parameterKind(std::string_view text) {
    return require(action::parameterKindFromName(text).has_value(),
                   "must be text, decimal, integer, currency, iban, date, id or address");
}

Status attestationFormat(std::string_view text) {
    return require(text == "none" || text == "self" || text == "packed",
                   "must be none, self or packed");
}

Status aaguid(std::string_view text) {
    return require(fido::aaguidFromText(text).has_value(),
                   "must be an AAGUID: cb69481e-8ff7-4039-93ec-0a2729a154a8");
}

Status firmware(std::string_view text) {
    return require(firmwareFromText(text).has_value(),
                   "must be three numbers of at most 255: 5.7.0");
}

C::Parameter& lastParameter(Config& config) {
    return config.actions.back().parameters.back();
}

template <auto kMember>
auto& inParameter(Config& config) {
    return lastParameter(config).*kMember;
}

template <auto kMember>
auto& inAuthenticator(Config& config) {
    return config.webauthn.authenticators.back().*kMember;
}

std::vector<Key> parameterKeys() {
    using P = C::Parameter;
    return {
        text("actions.parameters.name", inParameter<&P::name>, parameterName, kRequired),
        text("actions.parameters.kind", inParameter<&P::kind>, parameterKind, kRequired),
        number("actions.parameters.min", inParameter<&P::min>, "1", 0, kMostExact),
        number("actions.parameters.max", inParameter<&P::max>, "140", 0, kMostExact),
        number("actions.parameters.scale", inParameter<&P::scale>, "2", 0, 6),
        texts("actions.parameters.one_of", inParameter<&P::one_of>, shortText),
        flag("actions.parameters.optional", inParameter<&P::optional>, "false"),
        textByName("actions.parameters.label", inParameter<&P::label>, shortText, kOptional),
    };
}

constexpr std::array<ListTable, 4> kLists{{
    {"webauthn.authenticators",
     [](Config& config) { config.webauthn.authenticators.emplace_back(); }},
    {"clients", [](Config& config) { config.clients.emplace_back(); }},
    {"actions", [](Config& config) { config.actions.emplace_back(); }},
    {"actions.parameters", [](Config& config) { config.actions.back().parameters.emplace_back(); }},
}};

}  // namespace

std::optional<std::uint32_t> firmwareFromText(std::string_view text) {
    std::uint32_t value = 0;
    for (int part = 0; part < 3; ++part) {
        const std::size_t end = part == 2 ? text.size() : text.find('.');
        if (end == std::string_view::npos || end == 0 || end > 3) return std::nullopt;
        std::uint32_t number = 0;
        for (const char c : text.substr(0, end)) {
            if (c < '0' || c > '9') return std::nullopt;
            number = number * 10 + static_cast<std::uint32_t>(c - '0');
        }
        if (number > 255 || (end > 1 && text.front() == '0')) return std::nullopt;
        value = (value << 8) | number;
        text.remove_prefix(part == 2 ? end : end + 1);
    }
    return value;
}

std::span<const ListTable> configLists() {
    return kLists;
}

const ListTable* findList(std::string_view table) {
    for (const ListTable& list : kLists)
        if (list.path == table) return &list;
    return nullptr;
}

std::vector<Key> webauthnKeys() {
    using W = C::Webauthn;
    using A = C::Authenticator;
    return {
        text("webauthn.rp_id", at<&C::webauthn, &W::rp_id>, hostName, kOptional),
        texts("webauthn.origins", at<&C::webauthn, &W::origins>, publicUrl),
        flag("webauthn.cli_origin", at<&C::webauthn, &W::cli_origin>, "true"),
        texts("webauthn.attestation", at<&C::webauthn, &W::attestation>, attestationFormat),
        flag("webauthn.unlisted", at<&C::webauthn, &W::unlisted>),
        flag("webauthn.synced", at<&C::webauthn, &W::synced>),
        text("webauthn.authenticators.aaguid", inAuthenticator<&A::aaguid>, aaguid, kRequired),
        text("webauthn.authenticators.name", inAuthenticator<&A::name>, shortText, kRequired),
        text("webauthn.authenticators.roots", inAuthenticator<&A::roots>, absolutePath, kRequired),
        text("webauthn.authenticators.min_firmware",
             inAuthenticator<&A::min_firmware>,
             firmware,
             kOptional),
        text("webauthn.authenticators.denied", inAuthenticator<&A::denied>, shortText, kOptional),
    };
}

std::vector<Key> clientKeys() {
    using L = C::Client;
    return {
        text("clients.id", last<&C::clients, &L::id>, plainName, kRequired),
        text("clients.name", last<&C::clients, &L::name>, shortText, kRequired),
        text("clients.jwks_file", last<&C::clients, &L::jwks_file>, absolutePath, kOptional),
        texts("clients.keys", last<&C::clients, &L::keys>, jwk),
        texts("clients.redirect_uris", last<&C::clients, &L::redirect_uris>, redirectUri),
        text("clients.min_acr", last<&C::clients, &L::min_acr>, clientAcr, "\"phr\""),
        text("clients.resource", last<&C::clients, &L::resource>, resourceName, kOptional),
    };
}

std::vector<Key> actionKeys() {
    using A = C::Action;
    std::vector<Key> keys = {
        text("actions.type", last<&C::actions, &A::type>, plainName, kRequired),
        number("actions.version", last<&C::actions, &A::version>, "1", 1, 1'000'000),
        textByName("actions.text", last<&C::actions, &A::text>, sentence, kRequired),
        text("actions.acr", last<&C::actions, &A::acr>, approvalAcr, "\"phr\""),
        duration("actions.max_age",
                 last<&C::actions, &A::max_age>,
                 "\"0s\"",
                 Duration::zero(),
                 hours(12)),
        number("actions.approvers", last<&C::actions, &A::approvers>, "1", 1, 9),
        texts("actions.approver_roles", last<&C::actions, &A::approver_roles>, roleName),
        flag("actions.proposer_may_approve", last<&C::actions, &A::proposer_may_approve>, "false"),
        duration("actions.delay",
                 last<&C::actions, &A::delay>,
                 "\"0s\"",
                 Duration::zero(),
                 hours(24 * 7)),
        duration("actions.ttl", last<&C::actions, &A::ttl>, "\"5m\"", minutes(1), hours(24 * 7)),
        texts("actions.proposer_roles", last<&C::actions, &A::proposer_roles>, roleName),
        texts("actions.clients", last<&C::actions, &A::clients>, plainName),
        text("actions.channel", last<&C::actions, &A::channel>, channelName, kOptional),
        text("actions.audience", last<&C::actions, &A::audience>, plainName, kOptional),
    };
    const std::vector<Key> parameters = parameterKeys();
    keys.insert(keys.end(), parameters.begin(), parameters.end());
    return keys;
}

}  // namespace sallyport::app
