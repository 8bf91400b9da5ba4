#include "cli/terminal.h"

#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include <array>

namespace sallyport::cli {
namespace {

constexpr std::size_t kLongestLine = 1024;

void writeAll(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return;  // nobody reads any more; there is nobody to tell
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Line by line, shown or not; as it was at the end. Ctrl-Z would leave a shell without echo.
class LineMode {
  public:
    LineMode(int descriptor, bool shown) : descriptor_(descriptor) {
        known_ = ::tcgetattr(descriptor_, &before_) == 0;
        termios now = before_;
        now.c_lflag |= ICANON | ISIG;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHONL);
        if (shown) {
            now.c_lflag |= ECHO;
        } else {
            now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        }
        now.c_cc[VSUSP] = _POSIX_VDISABLE;
        if (known_) ::tcsetattr(descriptor_, TCSAFLUSH, &now);
    }

    ~LineMode() {
        if (known_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    }

    LineMode(const LineMode&) = delete;
    LineMode& operator=(const LineMode&) = delete;

  private:
    int descriptor_;
    bool known_;
    termios before_{};
};

/// A line of secret characters, wiped at the end.
struct LineBuffer {
    std::array<char, kLongestLine> text{};

    LineBuffer() = default;
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;

    ~LineBuffer() { wipe(text.data(), text.size()); }
};

/// Whether there is something to read; false if a signal came first.
bool await(int input, const Interrupt& interrupt) {
    while (!interrupt.happened()) {
        std::array<pollfd, 2> waiting{pollfd{input, POLLIN, 0},
                                      pollfd{interrupt.descriptor(), POLLIN, 0}};
        if (::poll(waiting.data(), waiting.size(), -1) > 0 && waiting[0].revents != 0) return true;
    }
    return false;
}

}  // namespace

Error givenUp() {
    return fail(ErrorCode::kGone, "Given up; nothing was sent.");
}

bool Terminal::interactive() const {
    return ::isatty(input_) == 1;
}

void Terminal::line(std::string_view text) const {
    if (!json_) writeAll(output_, std::string(text) + "\n");
}

void Terminal::document(const Json& document) const {
    if (json_) writeAll(output_, document.text() + "\n");
}

void Terminal::notice(std::string_view text) const {
    writeAll(notices_, std::string(text) + "\n");
}

void Terminal::progress(std::string_view text) {
    const bool rewritable = ::isatty(notices_) == 1;
    if (!rewritable && progressing_) return;  // in a file the first line says it all
    writeAll(notices_, rewritable ? "\r\x1b[K" + std::string(text) : std::string(text) + "\n");
    progressing_ = true;
}

void Terminal::endProgress() {
    if (progressing_ && ::isatty(notices_) == 1) writeAll(notices_, "\r\x1b[K");
    progressing_ = false;
}

Result<Secret> Terminal::askSecret(std::string_view question) const {
    return readLine(question, false);
}

Result<std::string> Terminal::ask(std::string_view question) const {
    SALLYPORT_TRY(const Secret typed, readLine(question, true));
    return std::string(typed.exposeText());
}

Result<Secret> Terminal::readLine(std::string_view question, bool shown) const {
    if (!interactive()) {
        return fail(ErrorCode::kInvalidRequest,
                    "This needs an answer, and standard input is no terminal.");
    }
    const Interrupt interrupt;
    const LineMode mode(input_, shown);
    LineBuffer line;
    std::size_t size = 0;
    writeAll(notices_, question);
    while (await(input_, interrupt)) {
        const ssize_t got = ::read(input_, line.text.data() + size, line.text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;  // Ctrl-D, or the terminal is gone
        size += static_cast<std::size_t>(got);
        if (line.text[size - 1] == '\n') {
            if (!shown) writeAll(notices_, "\n");
            return Secret(std::string_view(line.text.data(), size - 1));
        }
        if (size == line.text.size())
            return fail(ErrorCode::kInvalidRequest, "That line is too long.");
    }
    writeAll(notices_, "\n");
    return givenUp();
}

Result<std::string> Terminal::readInput(std::size_t max_bytes) const {
    std::string text;
    std::array<char, 16384> chunk{};
    while (true) {
        const ssize_t got = ::read(input_, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(ErrorCode::kInvalidRequest, "Standard input cannot be read.");
        if (got == 0) return text;
        text.append(chunk.data(), static_cast<std::size_t>(got));
        if (text.size() > max_bytes)
            return fail(ErrorCode::kInvalidRequest, "Standard input is too long.");
    }
}

}  // namespace sallyport::cli
