#include "app/config_schema.h"

#include "account/address.h"
#include "http/listen_address.h"
#include "http/public_url.h"
#include "http/trusted_proxies.h"

#include <algorithm>
#include <array>

namespace sallyport::app {
namespace {

Status require(bool right, const char* text) {
    if (right) return {};
    return fail(ErrorCode::kInvalidRequest, text);
}

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

bool onlyOf(std::string_view text, std::initializer_list<std::string_view> sets) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return std::any_of(sets.begin(), sets.end(), [c](std::string_view set) {
            return set.find(c) != std::string_view::npos;
        });
    });
}

Status profileName(std::string_view text) {
    return require(text == "dev" || text == "standard" || text == "regulated",
                   "must be dev, standard or regulated");
}

Status transportName(std::string_view text) {
    return require(text == "file" || text == "smtp", "must be file or smtp");
}

Status levelName(std::string_view text) {
    return require(text == "debug" || text == "info" || text == "warning" || text == "error",
                   "must be debug, info, warning or error");
}

Status publicUrl(std::string_view text) {
    SALLYPORT_TRY([[maybe_unused]] const auto url, http::PublicUrl::parse(text));
    return {};
}

Status listenAddress(std::string_view text) {
    SALLYPORT_TRY([[maybe_unused]] const auto address, http::ListenAddress::parse(text));
    return {};
}

Status proxy(std::string_view text) {
    const std::array<std::string, 1> entry{std::string(text)};
    SALLYPORT_TRY([[maybe_unused]] const auto proxies, http::TrustedProxies::parse(entry));
    return {};
}

Status network(std::string_view text) {
    SALLYPORT_CHECK(require(text != "unix", "must be an address or a CIDR block"));
    return proxy(text);
}

Status mailbox(std::string_view text) {
    SALLYPORT_TRY([[maybe_unused]] const auto address, account::MailAddress::parse(text));
    return {};
}

Status absolutePath(std::string_view text) {
    return require(text.size() > 1 && text.front() == '/' && text.size() < 4096 &&
                       text.find('\0') == std::string_view::npos,
                   "must be an absolute path");
}

Status secretFile(std::string_view text) {
    constexpr std::string_view kCredential = "credential:";
    if (!text.starts_with(kCredential)) return absolutePath(text);
    const std::string_view name = text.substr(kCredential.size());
    return require(!name.empty() && name.size() <= 64 && onlyOf(name, {kLower, kDigits, "-_."}) &&
                       name.front() != '.',
                   "must be an absolute path or credential:NAME");
}

Status ringName(std::string_view text) {
    return require(!text.empty() && text.size() <= 32 && onlyOf(text, {kLower, kDigits, "-"}),
                   "must be 1 to 32 lower-case letters, digits and hyphens");
}

Status tokenLabel(std::string_view text) {
    return require(!text.empty() && text.size() <= 32, "must be 1 to 32 bytes");
}

Status hostName(std::string_view text) {
    return require(!text.empty() && text.size() <= 253 && onlyOf(text, {kLower, kDigits, "-."}) &&
                       text.front() != '.' && text.back() != '.',
                   "must be a host name in lower case");
}

Status userName(std::string_view text) {
    return require(!text.empty() && text.size() <= 256, "must be 1 to 256 bytes");
}

constexpr auto kRequired = Presence::kRequired;
constexpr auto kOptional = Presence::kOptional;
constexpr auto kDefault = Presence::kDefault;

/// `config.service.profile` is `&at<&Config::service, &Config::Service::profile>`.
template <auto kTable, auto kMember>
auto& at(Config& config) {
    return config.*kTable.*kMember;
}

using Texts = std::vector<std::string>;
using Check = Status (*)(std::string_view);

Key text(std::string_view path, Slot<std::string> slot, Check check, Presence presence) {
    return {path, slot, presence, "", 0, 0, check};
}

Key text(std::string_view path, Slot<std::string> slot, Check check, std::string_view value) {
    return {path, slot, kDefault, value, 0, 0, check};
}

Key texts(std::string_view path, Slot<Texts> slot, Check check) {
    return {path, slot, kDefault, "[]", 0, 0, check};
}

Key number(std::string_view path,
           Slot<std::int64_t> slot,
           std::string_view value,
           std::int64_t least,
           std::int64_t most) {
    return {path, slot, kDefault, value, least, most, nullptr};
}

Key duration(std::string_view path,
             Slot<Duration> slot,
             std::string_view value,
             Duration least,
             Duration most) {
    return {path, slot, kDefault, value, least.count(), most.count(), nullptr};
}

Key flag(std::string_view path, Slot<bool> slot, std::string_view value) {
    return {path, slot, kDefault, value, 0, 0, nullptr};
}

Key flag(std::string_view path, Slot<std::optional<bool>> slot) {
    return {path, slot, kOptional, "", 0, 0, nullptr};
}

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using C = Config;

std::vector<Key> serviceKeys() {
    return {
        text(
            "service.profile", at<&C::service, &C::Service::profile>, profileName, "\"regulated\""),
        text("service.public_url", at<&C::service, &C::Service::public_url>, publicUrl, kOptional),
        text("service.state_dir",
             at<&C::service, &C::Service::state_dir>,
             absolutePath,
             "\"/var/lib/sallyport\""),
    };
}

std::vector<Key> httpKeys() {
    using H = C::Http;
    return {
        text("http.listen", at<&C::http, &H::listen>, listenAddress, "\"127.0.0.1:8080\""),
        text("http.operations", at<&C::http, &H::operations>, listenAddress, "\"127.0.0.1:9464\""),
        texts("http.trusted_proxies", at<&C::http, &H::trusted_proxies>, proxy),
        number("http.workers", at<&C::http, &H::workers>, "128", 2, 1024),
        number("http.queue", at<&C::http, &H::queue>, "256", 1, 65536),
        number("http.connections_per_source",
               at<&C::http, &H::connections_per_source>,
               "64",
               1,
               65536),
        number("http.requests_per_connection",
               at<&C::http, &H::requests_per_connection>,
               "1000",
               1,
               100000),
        duration("http.header_timeout",
                 at<&C::http, &H::header_timeout>,
                 "\"5s\"",
                 milliseconds(100),
                 minutes(1)),
        duration("http.body_timeout",
                 at<&C::http, &H::body_timeout>,
                 "\"10s\"",
                 milliseconds(100),
                 minutes(1)),
        duration("http.keep_alive",
                 at<&C::http, &H::keep_alive>,
                 "\"3s\"",
                 milliseconds(100),
                 minutes(1)),
    };
}

std::vector<Key> hsmKeys() {
    using H = C::Hsm;
    return {
        text("hsm.module", at<&C::hsm, &H::module>, absolutePath, kRequired),
        text("hsm.token_label", at<&C::hsm, &H::token_label>, tokenLabel, kRequired),
        text("hsm.ring", at<&C::hsm, &H::ring>, ringName, "\"main\""),
        text("hsm.pin_file", at<&C::hsm, &H::pin_file>, secretFile, "\"credential:hsm-pin\""),
        number("hsm.lanes", at<&C::hsm, &H::lanes>, "2", 1, 64),
        number("hsm.queue", at<&C::hsm, &H::queue>, "256", 1, 65536),
        duration(
            "hsm.deadline", at<&C::hsm, &H::deadline>, "\"2s\"", milliseconds(100), seconds(5)),
        flag("hsm.allow_soft_token", at<&C::hsm, &H::allow_soft_token>, "false"),
        text("hsm.softhsm_conf", at<&C::hsm, &H::softhsm_conf>, absolutePath, kOptional),
    };
}

std::vector<Key> storageAndMailKeys() {
    using M = C::Mail;
    return {
        text("storage.path", at<&C::storage, &C::Storage::path>, absolutePath, kOptional),
        text("mail.transport", at<&C::mail, &M::transport>, transportName, "\"smtp\""),
        text("mail.from", at<&C::mail, &M::from>, mailbox, kRequired),
        text("mail.directory", at<&C::mail, &M::directory>, absolutePath, kOptional),
        text("mail.host", at<&C::mail, &M::host>, hostName, kOptional),
        number("mail.port", at<&C::mail, &M::port>, "587", 1, 65535),
        flag("mail.starttls", at<&C::mail, &M::starttls>, "true"),
        text("mail.user", at<&C::mail, &M::user>, userName, kOptional),
        text("mail.password_file", at<&C::mail, &M::password_file>, secretFile, kOptional),
        text("mail.ca_file", at<&C::mail, &M::ca_file>, absolutePath, kOptional),
        number("mail.mails_per_hour", at<&C::mail, &M::mails_per_hour>, "0", 0, 10'000'000),
    };
}

std::vector<Key> signInKeys() {
    using L = C::Links;
    using S = C::Sessions;
    using W = C::Webauthn;
    return {
        duration("links.life", at<&C::links, &L::life>, "\"10m\"", minutes(1), minutes(10)),
        flag("links.relay", at<&C::links, &L::relay>),
        flag("links.create_accounts", at<&C::links, &L::create_accounts>),
        duration(
            "sessions.pending", at<&C::sessions, &S::pending>, "\"10m\"", minutes(1), minutes(10)),
        duration("sessions.inbox_idle",
                 at<&C::sessions, &S::inbox_idle>,
                 "\"10m\"",
                 minutes(1),
                 minutes(10)),
        duration("sessions.inbox_absolute",
                 at<&C::sessions, &S::inbox_absolute>,
                 "\"1h\"",
                 minutes(1),
                 hours(1)),
        number("sessions.parallel", at<&C::sessions, &S::parallel>, "5", 1, 20),
        text("webauthn.rp_id", at<&C::webauthn, &W::rp_id>, hostName, kOptional),
        texts("webauthn.origins", at<&C::webauthn, &W::origins>, publicUrl),
        flag("webauthn.cli_origin", at<&C::webauthn, &W::cli_origin>, "true"),
        text("log.level", at<&C::log, &C::LogSection::level>, levelName, "\"info\""),
        texts("limits.shared_sources", at<&C::limits, &C::Limits::shared_sources>, network),
    };
}

std::vector<Key> allKeys() {
    std::vector<Key> keys = serviceKeys();
    for (const auto& part : {httpKeys(), hsmKeys(), storageAndMailKeys(), signInKeys()})
        keys.insert(keys.end(), part.begin(), part.end());
    return keys;
}

}  // namespace

std::span<const Key> configKeys() {
    static const std::vector<Key> keys = allKeys();
    return keys;
}

}  // namespace sallyport::app
