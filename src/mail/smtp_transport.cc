#include "mail/smtp_transport.h"

#include "mail/smtp_dialog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace sallyport::mail {
namespace {

Error badOption(std::string why) {
    return fail(ErrorCode::kInvalidRequest, std::move(why));
}

Result<Secret> readPassword(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return badOption("cannot read the mail password file " + path);

    struct stat about {};

    std::array<std::uint8_t, 1024> bytes{};
    const bool is_private = ::fstat(descriptor, &about) == 0 && (about.st_mode & 077U) == 0;
    const ssize_t size = is_private ? ::read(descriptor, bytes.data(), bytes.size()) : 0;
    ::close(descriptor);
    if (!is_private)
        return badOption("the mail password file " + path +
                         " must be for its owner only (chmod 600)");
    ByteView line(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (!line.empty() && line.back() == '\n') line = line.first(line.size() - 1);
    const bool one_line =
        !line.empty() && line.size() < bytes.size() - 1 &&
        std::none_of(line.begin(), line.end(), [](std::uint8_t byte) { return byte < ' '; });
    Secret secret(line);
    wipe(bytes.data(), bytes.size());
    if (!one_line)
        return badOption("the mail password file " + path + " must hold one line of text");
    return secret;
}

bool isLoopbackName(std::string_view host) {
    return host == "localhost" || host == "::1" || host.substr(0, 4) == "127.";
}

}  // namespace

Result<std::unique_ptr<Transport>> SmtpTransport::open(SmtpOptions options) {
    const bool named = !options.ehlo_name.empty() &&
                       std::all_of(options.ehlo_name.begin(), options.ehlo_name.end(), [](char c) {
                           return c > ' ' && c <= '~';
                       });
    if (!named) return badOption("mail needs the name of this host for EHLO");
    Secret password;
    if (options.tls == SmtpOptions::Tls::kNone) {
        if (!isLoopbackName(options.server.host)) {
            return badOption("mail without TLS is possible to a server on loopback only");
        }
        if (!options.user.empty()) return badOption("a mail password is sent over TLS only");
    }
    if (!options.user.empty()) {
        SALLYPORT_TRY(password, readPassword(options.password_file));
    }
    SALLYPORT_TRY(TlsContext tls, makeTlsContext(options.server.ca_file));
    return std::unique_ptr<Transport>(
        new SmtpTransport(std::move(options), std::move(password), std::move(tls)));
}

Outcome SmtpTransport::deliver(const Envelope& envelope, const Secret& message, Deadline deadline) {
    return SmtpDialog(options_, password_, *tls_, deadline).run(envelope, message);
}

Result<Secret> dotStuffed(const Secret& message) {
    const std::string_view text = message.exposeText();
    std::string out;
    // Each line may grow by one byte: once for the worst case, so that growing leaves no copies.
    out.reserve(text.size() + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) +
                8);
    bool line_begins = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool paired = c == '\r' ? i + 1 < text.size() && text[i + 1] == '\n'
                                      : c != '\n' || (i > 0 && text[i - 1] == '\r');
        if (!paired) {
            wipe(out.data(), out.size());
            return fail(ErrorCode::kInvalidRequest, "a CR or LF stands alone in a mail");
        }
        if (line_begins && c == '.') out += '.';
        out += c;
        line_begins = c == '\n';
    }
    if (!line_begins) out += "\r\n";
    out += ".\r\n";
    return Secret::take(std::move(out));
}

}  // namespace sallyport::mail
