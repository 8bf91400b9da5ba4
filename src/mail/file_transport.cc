#include "mail/file_transport.h"

#include "mail/message.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <system_error>

namespace sallyport::mail {
namespace {

Outcome temporary(std::string_view doing) {
    return {Outcome::Class::kTemporary,
            "cannot " + std::string(doing) + ": " + std::generic_category().message(errno)};
}

bool writeAll(int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

bool writeFile(const std::string& path, ByteView bytes) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return false;
    const bool written = writeAll(descriptor, bytes) && ::fsync(descriptor) == 0;
    const int reason = errno;
    ::close(descriptor);
    errno = reason;
    return written;
}

}  // namespace

Outcome FileTransport::deliver(const Envelope& envelope,
                               const Secret& message,
                               Deadline /*deadline*/) {
    const std::string name(nameOf(envelope.message_id));
    if (name.empty()) return {Outcome::Class::kPermanent, "the Message-ID is no name for a file"};
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
        return temporary("make the outbox folder");
    const std::string path = directory_ + "/" + name + ".eml";
    const std::string unfinished = directory_ + "/." + name + ".part";
    if (!writeFile(unfinished, message.expose())) return temporary("write a mail");
    if (std::rename(unfinished.c_str(), path.c_str()) != 0) return temporary("rename a mail");
    return {Outcome::Class::kDelivered, "file"};
}

}  // namespace sallyport::mail
