#include "app/new_config.h"

#include "hsm/pkcs11/token_setup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <filesystem>
#include <system_error>

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;

std::string quoted(std::string_view text) {
    std::string out;
    // A JSON string is a TOML basic string.
    appendJsonString(out, text);
    return out;
}

std::string line(std::string_view key, std::string_view value) {
    return std::string(key) + " = " + quoted(value) + "\n";
}

/// The two example types of config/sallyport.toml.
constexpr std::string_view kExampleActions = R"toml(
# What may be proposed and approved; these two are examples.
[[actions]]
type = "payment.release"
text = { en = "Release {amount} {currency} to {payee}, account {iban}", de = "{amount} {currency} an {payee} freigeben, Konto {iban}" }
proposer_may_approve = true
[[actions.parameters]]
name = "payee"
kind = "text"
label = { en = "Payee", de = "Empfänger" }
[[actions.parameters]]
name = "iban"
kind = "iban"
label = { en = "Account (IBAN)", de = "Konto (IBAN)" }
[[actions.parameters]]
name = "amount"
kind = "decimal"
min = 0
max = 10000000
label = { en = "Amount", de = "Betrag" }
[[actions.parameters]]
name = "currency"
kind = "currency"
one_of = ["EUR", "USD", "CHF", "GBP"]
label = { en = "Currency", de = "Währung" }

[[actions]]
type = "records.export"
text = { en = "Export {records} records of {register} for {reason}", de = "{records} Datensätze aus {register} ausgeben für {reason}" }
approvers = 2
ttl = "24h"
[[actions.parameters]]
name = "register"
kind = "text"
max = 70
label = { en = "Register", de = "Register" }
[[actions.parameters]]
name = "records"
kind = "integer"
max = 1000000
label = { en = "Number of records", de = "Anzahl der Datensätze" }
[[actions.parameters]]
name = "reason"
kind = "text"
min = 5
label = { en = "Reason", de = "Grund" }
)toml";

/// Without one, `regulated` has no model of security key to accept.
constexpr std::string_view kExampleAuthenticator = R"toml(
# The models of security key that are accepted.
[[webauthn.authenticators]]
aaguid = "cb69481e-8ff7-4039-93ec-0a2729a154a8"
name = "YubiKey 5, firmware 5.1"
roots = "/etc/sallyport/yubico-fido-roots.pem"
)toml";

std::string listenerOf(Profile profile, const std::string& state) {
    if (profile == Profile::kRegulated) return "unix:" + state + "/http.sock";
    return "127.0.0.1:8080";
}

Error failed(const std::string& what) {
    return fail(ErrorCode::kUnavailable, what + ": " + std::generic_category().message(errno));
}

/// Anew in whatever state an earlier try left it.
Status replaceFile(const std::string& path, ByteView contents) {
    std::error_code ignored;
    fs::remove(path, ignored);
    return writeNewFile(path, contents);
}

}  // namespace

std::string newConfig(Profile profile, const std::string& state, bool dev_token) {
    const bool dev = profile == Profile::kDev;
    std::string text =
        "# Written by `sallyportd init`. Every key with unit and default: "
        "config/sallyport.toml.\n";
    text += "[service]\n" + line("profile", name(profile));
    if (!dev) text += line("public_url", "https://login.example.org");
    text += line("state_dir", state);
    text += "\n[http]\n" + line("listen", listenerOf(profile, state));
    if (dev) text += line("operations", "127.0.0.1:0");
    text += "\n[hsm]\n" + line("module", "/usr/lib/softhsm/libsofthsm2.so");
    text += line("token_label", dev_token ? "sallyport-dev" : "sallyport");
    if (dev_token) {
        text += line("pin_file", state + "/pin") + line("softhsm_conf", state + "/softhsm2.conf");
        if (profile == Profile::kStandard) text += "allow_soft_token = true\n";
    }
    text += "\n[mail]\n";
    if (dev_token) text += line("transport", "file");
    text += line("from", dev ? "sallyport@example.test" : "no-reply@example.org");
    if (!dev_token) text += line("host", "smtp.example.org");
    if (profile == Profile::kRegulated) text += kExampleAuthenticator;
    text += kExampleActions;
    return text;
}

Status writeNewFile(const std::string& path, ByteView contents) {
    const std::string draft = path + ".new";
    const int file =
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return failed(draft);
    const ssize_t written = ::write(file, contents.data(), contents.size());
    const bool whole = written == static_cast<ssize_t>(contents.size()) && ::fsync(file) == 0;
    ::close(file);
    // A hard link, unlike a rename, never replaces what is there.
    const bool linked = whole && ::link(draft.c_str(), path.c_str()) == 0;
    const int reason = errno;
    ::unlink(draft.c_str());
    if (linked) return {};
    errno = reason;
    if (reason == EEXIST) return fail(ErrorCode::kConflict, path + " is there already");
    return failed(path);
}

Status makeDevToken(const Config& config, const std::string& state, Random& random) {
    if (config.hsm.softhsm_conf.empty() || config.hsm.pin_file.starts_with("credential:"))
        return fail(ErrorCode::kInvalidRequest,
                    "--dev-token needs hsm.softhsm_conf and hsm.pin_file with a path");
    const std::string tokens = state + "/tokens";
    std::error_code error;
    fs::remove_all(tokens, error);
    if (!error) fs::create_directory(tokens, error);
    if (error) return fail(ErrorCode::kUnavailable, tokens + ": " + error.message());
    const std::string soft_hsm = "directories.tokendir = " + tokens +
                                 "\nobjectstore.backend = file\nlog.level = ERROR\n"
                                 "slots.removable = false\n";
    SALLYPORT_CHECK(replaceFile(config.hsm.softhsm_conf, asBytes(soft_hsm)));
    // The officer's PIN is forgotten: a development token is made anew, never repaired.
    hsm::pkcs11::TokenSetup setup;
    setup.module_path = config.hsm.module;
    setup.label = config.hsm.token_label;
    setup.officer_pin = Secret::take(toHex(random.bytes<16>()));
    setup.user_pin = Secret::take(toHex(random.bytes<16>()));
    SALLYPORT_CHECK(replaceFile(config.hsm.pin_file, setup.user_pin.expose()));
    ::setenv("SOFTHSM2_CONF", config.hsm.softhsm_conf.c_str(), 1);
    return hsm::pkcs11::initializeToken(setup);
}

}  // namespace sallyport::app
