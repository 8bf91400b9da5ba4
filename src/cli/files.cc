#include "cli/files.h"

#include "cli/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include <array>
#include <system_error>

namespace sallyport::cli {
namespace {

Error refuse(const std::string& path, const std::string& why) {
    return fail(ErrorCode::kInvalidRequest, path + ": " + why);
}

Result<std::string> readAll(int file, const std::string& path, std::size_t max_bytes) {
    std::string text;
    std::array<char, 16384> chunk{};
    while (true) {
        const ssize_t got = ::read(file, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(path, std::generic_category().message(errno));
        if (got == 0) return text;
        text.append(chunk.data(), static_cast<std::size_t>(got));
        if (text.size() > max_bytes) return refuse(path, "is too long");
    }
}

}  // namespace

Result<std::string> readFile(const std::string& path, std::size_t max_bytes, Readers readers) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.isOpen()) return refuse(path, std::generic_category().message(errno));

    struct stat status {};

    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return refuse(path, "is no file");
    if (readers == Readers::kOwnerOnly &&
        ((status.st_mode & 0077U) != 0 || status.st_uid != ::geteuid())) {
        return refuse(path, "must be yours, and readable by you only: chmod 0600");
    }
    return readAll(file.get(), path, max_bytes);
}

}  // namespace sallyport::cli
