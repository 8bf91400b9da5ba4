#include "cli/session_file.h"

#include "cli/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include <array>
#include <system_error>
#include <vector>

namespace sallyport::cli {
namespace {

constexpr std::size_t kLongestFile = 8192;
constexpr std::string_view kForm = "sallyport-session-1";

Error misconfigured(std::string what) {
    return fail(ErrorCode::kInvalidRequest, std::move(what));
}

Error cannotWrite(const std::string& path) {
    return fail(ErrorCode::kUnavailable,
                path + " cannot be written: " + std::generic_category().message(errno));
}

/// Ours, a folder and no link, and nobody else's to enter.
Status checkFolder(const std::string& path) {
    struct stat status {};

    if (::lstat(path.c_str(), &status) != 0) {
        return misconfigured("$XDG_RUNTIME_DIR: " + path +
                             " is not there. Log in to this machine "
                             "in the usual way, or make a folder: mkdir -m 700 FOLDER; "
                             "export XDG_RUNTIME_DIR=FOLDER");
    }
    if (!S_ISDIR(status.st_mode)) return misconfigured(path + " is no folder");
    if (status.st_uid != ::geteuid()) {
        return misconfigured(path +
                             " belongs to somebody else. Log in as yourself (su and sudo "
                             "keep the other's $XDG_RUNTIME_DIR).");
    }
    if ((status.st_mode & 0077U) != 0)
        return misconfigured(path + " is open to others: chmod 700 " + path);
    return {};
}

Status writeAll(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannotWrite("the session");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Up to the next line end, which is taken off too.
std::string_view takeLine(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace

Result<SessionFile> SessionFile::in(const std::optional<std::string>& runtime_directory) {
    if (!runtime_directory || !runtime_directory->starts_with('/')) {
        return misconfigured(
            "$XDG_RUNTIME_DIR is not set, and the session must not be kept on a disk. Log in to "
            "this machine in the usual way, or make a folder in memory: mkdir -m 700 "
            "/dev/shm/$USER; export XDG_RUNTIME_DIR=/dev/shm/$USER");
    }
    SALLYPORT_CHECK(checkFolder(*runtime_directory));
    std::string folder = *runtime_directory + "/sallyport";
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannotWrite(folder);
    SALLYPORT_CHECK(checkFolder(folder));
    return SessionFile(std::move(folder));
}

Result<std::optional<SavedSession>> SessionFile::read() const {
    const Descriptor file(::open(path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.isOpen() && errno == ENOENT) return std::optional<SavedSession>();

    struct stat status {};

    if (!file.isOpen() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != ::geteuid() || (status.st_mode & 0177U) != 0) {
        return misconfigured(path() + " is not as sallyport made it. Remove it and sign in again.");
    }
    std::array<char, kLongestFile> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    std::string_view rest(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    const bool ours = takeLine(rest) == kForm;
    SavedSession saved;
    saved.server = takeLine(rest);
    saved.cookie_name = takeLine(rest);
    saved.csrf_token = takeLine(rest);
    saved.cookie = Secret(takeLine(rest));
    wipe(text.data(), text.size());
    if (!ours || saved.cookie.empty())
        return misconfigured(path() + " is damaged. Remove it and sign in again.");
    return std::optional<SavedSession>(std::move(saved));
}

Status SessionFile::write(const SavedSession& session) const {
    std::string name = path() + ".XXXXXX";
    const Descriptor file(::mkostemp(name.data(), O_CLOEXEC));  // 0600
    if (!file.isOpen()) return cannotWrite(name);
    std::string head(kForm);
    head += '\n' + session.server + '\n' + session.cookie_name + '\n' + session.csrf_token + '\n';
    Status done = writeAll(file.get(), head);
    if (done) done = writeAll(file.get(), session.cookie.exposeText());
    if (done) done = writeAll(file.get(), "\n");
    if (done && ::rename(name.c_str(), path().c_str()) != 0) done = cannotWrite(path());
    if (!done) ::unlink(name.c_str());
    return done;
}

Status SessionFile::remove() const {
    if (::unlink(path().c_str()) != 0 && errno != ENOENT) return cannotWrite(path());
    return {};
}

}  // namespace sallyport::cli
