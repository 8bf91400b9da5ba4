#include "account/address.h"
#include "app/config_keys.h"
#include "http/listen_address.h"
#include "http/trusted_proxies.h"

#include <array>

namespace sallyport::app {
namespace {

using namespace keys;

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

Status userName(std::string_view text) {
    return require(!text.empty() && text.size() <= 256, "must be 1 to 256 bytes");
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
        duration("sessions.key_idle",
                 at<&C::sessions, &S::key_idle>,
                 "\"15m\"",
                 minutes(1),
                 minutes(15)),
        duration("sessions.key_absolute",
                 at<&C::sessions, &S::key_absolute>,
                 "\"12h\"",
                 minutes(1),
                 hours(12)),
        number("sessions.parallel", at<&C::sessions, &S::parallel>, "5", 1, 20),
    };
}

std::vector<Key> logAndLimitKeys() {
    return {
        text("log.level", at<&C::log, &C::LogSection::level>, levelName, "\"info\""),
        texts("limits.shared_sources", at<&C::limits, &C::Limits::shared_sources>, network),
    };
}

std::vector<Key> allKeys() {
    std::vector<Key> keys = serviceKeys();
    for (const auto& part : {httpKeys(),
                             hsmKeys(),
                             storageAndMailKeys(),
                             signInKeys(),
                             webauthnKeys(),
                             logAndLimitKeys(),
                             clientKeys(),
                             actionKeys()})
        keys.insert(keys.end(), part.begin(), part.end());
    return keys;
}

}  // namespace

std::span<const Key> configKeys() {
    static const std::vector<Key> keys = allKeys();
    return keys;
}

}  // namespace sallyport::app
