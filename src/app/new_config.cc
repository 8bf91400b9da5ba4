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
