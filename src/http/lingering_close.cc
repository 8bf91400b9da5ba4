#include "http/lingering_close.h"

#include "http/socket_io.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace sallyport::http {

namespace {

constexpr std::size_t kMost = 128;
constexpr Duration kLongest = std::chrono::seconds(1);
constexpr std::size_t kChunk = std::size_t{64} * 1024;

/// Reads some of what is there, so that nobody who sends without end keeps the others waiting.
/// True: the other end closed too.
bool drained(int socket) {
    std::string forgotten;
    return receiveNow(socket, forgotten, kChunk) == Io::kClosed;
}

}  // namespace

LingeringClose::LingeringClose() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    SALLYPORT_ASSERT(wake_.isOpen());
    thread_ = std::thread([this] { run(); });
}

LingeringClose::~LingeringClose() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
}

void LingeringClose::close(Descriptor socket) {
    ::shutdown(socket.get(), SHUT_WR);
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_ || held_ == kMost) return;
        ++held_;
        added_.push_back({std::move(socket), Deadline::after(kLongest)});
    }
    wake();
}

void LingeringClose::wake() const {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the thread is awake.
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

std::vector<LingeringClose::Closing> LingeringClose::takeNew() {
    std::vector<Closing> added;
    const std::scoped_lock lock(mutex_);
    added.swap(added_);
    return added;
}

void LingeringClose::run() {
    std::vector<Closing> held;
    while (true) {
        std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}};
        Duration left = kLongest;
        for (const Closing& closing : held) {
            polled.push_back({closing.socket.get(), POLLIN, 0});
            left = std::min(left, closing.until.remaining());
        }
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left);
        ::poll(polled.data(), polled.size(), held.empty() ? -1 : static_cast<int>(wait.count()));
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t read = ::read(wake_.get(), &ignored, sizeof ignored);

        const std::size_t before = held.size();
        std::erase_if(held, [](const Closing& closing) {
            return closing.until.passed() || drained(closing.socket.get());
        });
        const std::size_t closed = before - held.size();
        for (Closing& closing : takeNew()) held.push_back(std::move(closing));
        const std::scoped_lock lock(mutex_);
        held_ -= closed;
        if (stopping_) return;
    }
}

}  // namespace sallyport::http
