#include "app/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <array>
#include <system_error>

namespace sallyport::app {
namespace {

constexpr std::string_view kCredential = "credential:";
constexpr std::size_t kLongest = 256;

class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}

    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

Error refuse(const std::string& path, const std::string& why) {
    return fail(ErrorCode::kInvalidRequest, path + ": " + why);
}

Status checkFile(const std::string& path, const struct stat& status, bool credential) {
    if (!S_ISREG(status.st_mode)) return refuse(path, "must be a regular file");
    if (!mayOwnSecret(status.st_uid, ::geteuid()))
        return refuse(path, "must be owned by root or by the user of this process");
    // systemd gives a credential to its service by an access list, which shows as a group's right.
    const mode_t forbidden = credential ? 0137 : 0177;
    if ((status.st_mode & forbidden) != 0)
        return refuse(path, "may be readable by its owner only: chmod 0600");
    return {};
}

}  // namespace

bool mayOwnSecret(uid_t owner, uid_t user) {
    return owner == 0 || owner == user;
}

Result<std::string> secretPath(const std::string& configured) {
    if (!configured.starts_with(kCredential)) return configured;
    // The one place that systemd names; no secret is in the environment itself.
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read while the program starts
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory != '/') {
        return fail(ErrorCode::kInvalidRequest,
                    configured +
                        ": there is no $CREDENTIALS_DIRECTORY; start by systemd with "
                        "LoadCredential=, or name a file");
    }
    return std::string(directory) + "/" + configured.substr(kCredential.size());
}

Result<Secret> readSecretFile(const std::string& configured) {
    SALLYPORT_TRY(const std::string path, secretPath(configured));
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno == ELOOP) return refuse(path, "must be a regular file, not a link");
        return refuse(path, std::generic_category().message(errno));
    }

    struct stat status {};

    if (::fstat(file.get(), &status) != 0) return refuse(path, "cannot be read");
    SALLYPORT_CHECK(checkFile(path, status, configured.starts_with(kCredential)));
    std::array<char, kLongest + 3> buffer{};
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0) return refuse(path, "cannot be read");
    std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    Secret secret(text);
    wipe(buffer.data(), buffer.size());
    if (secret.empty()) return refuse(path, "is empty");
    if (secret.size() > kLongest) return refuse(path, "is longer than 256 bytes");
    return secret;
}

}  // namespace sallyport::app
