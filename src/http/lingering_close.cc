#include "http/lingering_close.h"

#include "http/socket_io.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace sallyport::http {

namespace {

constexpr std::size_t kMost = 256;
constexpr Duration kLongest = std::chrono::seconds(1);
constexpr std::size_t kChunk = 4096;

/// Reads what is there. True: the other end closed too.
bool drained(int socket) {
    std::string forgotten;
    Io read = Io::kDone;
    while (read == Io::kDone) {
        forgotten.clear();
        read = receiveNow(socket, forgotten, kChunk);
    }
    return read == Io::kClosed;
}

}  // namespace

LingeringClose::LingeringClose() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    SALLYPORT_ASSERT(wake_ >= 0);
    thread_ = std::thread([this] { run(); });
}

LingeringClose::~LingeringClose() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
    ::close(wake_);
}

void LingeringClose::close(Poco::Net::StreamSocket socket) {
    ::shutdown(socket.impl()->sockfd(), SHUT_WR);
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
    [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
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
        std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
        Duration left = kLongest;
        for (const Closing& closing : held) {
            polled.push_back({closing.socket.impl()->sockfd(), POLLIN, 0});
            left = std::min(left, closing.until.remaining());
        }
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left);
        ::poll(polled.data(), polled.size(), held.empty() ? -1 : static_cast<int>(wait.count()));
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t read = ::read(wake_, &ignored, sizeof ignored);

        const std::size_t before = held.size();
        std::erase_if(held, [](const Closing& closing) {
            return closing.until.passed() || drained(closing.socket.impl()->sockfd());
        });
        const std::size_t closed = before - held.size();
        for (Closing& closing : takeNew()) held.push_back(std::move(closing));
        const std::scoped_lock lock(mutex_);
        held_ -= closed;
        if (stopping_) return;
    }
}

}  // namespace sallyport::http
