#include "http/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include <algorithm>

namespace sallyport::http {

namespace {

Io await(int socket, decltype(pollfd::events) events, Deadline deadline) {
    while (true) {
        // Rounded up, so that a wait does not end before its deadline and spin.
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining());
        pollfd polled{socket, events, 0};
        const int ready = ::poll(&polled, 1, static_cast<int>(left.count()));
        if (ready > 0) return Io::kDone;
        if (ready < 0 && errno != EINTR) return Io::kClosed;
        if (deadline.passed()) return Io::kTimeout;
    }
}

}  // namespace

Io receiveNow(int socket, std::string& buffer, std::size_t most) {
    const std::size_t before = buffer.size();
    buffer.resize(before + most);
    ssize_t received = 0;
    do {
        received = ::recv(socket, buffer.data() + before, most, MSG_DONTWAIT);
    } while (received < 0 && errno == EINTR);
    buffer.resize(before + static_cast<std::size_t>(std::max<ssize_t>(received, 0)));
    if (received > 0) return Io::kDone;
    return received < 0 && errno == EAGAIN ? Io::kNothing : Io::kClosed;
}

Io awaitInput(int socket, Deadline deadline) {
    return await(socket, POLLIN, deadline);
}

Io sendAll(int socket, std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t sent =
            ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (const Io ready = await(socket, POLLOUT, deadline); ready != Io::kDone) return ready;
        } else if (errno != EINTR) {
            return Io::kClosed;
        }
    }
    return Io::kDone;
}

}  // namespace sallyport::http
