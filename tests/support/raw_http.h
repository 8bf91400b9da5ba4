#pragma once

#include "base/clock.h"
#include "http/socket_io.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include <optional>
#include <string>
#include <utility>

namespace sallyport::test {

/// One answer as it came over the wire.
struct RawAnswer {
    int status = 0;
    std::string head;
    std::string body;

    bool has(std::string_view field) const {
        return head.find("\r\n" + std::string(field)) != std::string::npos;
    }
};

/// A client that sends exactly the bytes it is given. Every wait ends after thirty seconds, and
/// then the test fails.
class RawClient {
  public:
    /// From `source`, another loopback address where a test needs several.
    static RawClient tcp(std::uint16_t port, const char* source = "127.0.0.1") {
        RawClient client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        // Small, so that who does not read is soon felt by who writes.
        const int window = 4096;
        EXPECT_EQ(::setsockopt(client.socket_, SOL_SOCKET, SO_RCVBUF, &window, sizeof window), 0);
        sockaddr_in local = address(source, 0);
        EXPECT_EQ(::bind(client.socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local),
                  0);
        sockaddr_in remote = address("127.0.0.1", port);
        EXPECT_EQ(
            ::connect(client.socket_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote),
            0);
        return client;
    }

    static RawClient unixSocket(const std::string& path) {
        RawClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un remote{};
        remote.sun_family = AF_UNIX;
        std::memcpy(remote.sun_path, path.c_str(), path.size() + 1);
        EXPECT_EQ(
            ::connect(client.socket_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote),
            0);
        return client;
    }

    RawClient(RawClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

    RawClient& operator=(RawClient&& other) noexcept {
        std::swap(socket_, other.socket_);
        std::swap(buffer_, other.buffer_);
        return *this;
    }

    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    ~RawClient() {
        if (socket_ >= 0) ::close(socket_);
    }

    /// False: the other end no longer takes it.
    bool send(std::string_view bytes) {
        return http::sendAll(socket_, bytes, limit()) == http::Io::kDone;
    }

    /// The next answer; status 0 if the connection closes before one is complete.
    RawAnswer read(bool head_only = false) {
        RawAnswer answer;
        std::size_t end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!fill()) return {};
        }
        answer.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        const std::size_t length = head_only ? 0 : contentLength(answer.head);
        while (buffer_.size() < length) {
            if (!fill()) return {};
        }
        answer.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        answer.status = std::stoi(answer.head.substr(9, 3));
        return answer;
    }

    RawAnswer ask(std::string_view bytes) { return send(bytes) ? read() : RawAnswer(); }

    /// True once the other end has closed and nothing more came.
    bool isClosed() {
        const bool more = fill();
        return !more && buffer_.empty();
    }

    /// Whether nothing at all, no byte and no end, comes for so long.
    bool isSilentFor(Duration duration) {
        return http::awaitInput(socket_, Deadline::after(duration)) == http::Io::kTimeout;
    }

  private:
    explicit RawClient(int socket) : socket_(socket) { EXPECT_GE(socket, 0); }

    static Deadline limit() { return Deadline::after(std::chrono::seconds(30)); }

    static sockaddr_in address(const char* text, std::uint16_t port) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(port);
        EXPECT_EQ(inet_pton(AF_INET, text, &made.sin_addr), 1);
        return made;
    }

    static std::size_t contentLength(const std::string& head) {
        constexpr std::string_view kName = "\r\nContent-Length: ";
        const std::size_t at = head.find(kName);
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + kName.size()));
    }

    /// False: the other end has closed.
    bool fill() {
        const http::Io waited = http::awaitInput(socket_, limit());
        EXPECT_NE(waited, http::Io::kTimeout) << "no answer and no end within thirty seconds";
        return waited == http::Io::kDone &&
               http::receiveNow(socket_, buffer_, 65536) == http::Io::kDone;
    }

    int socket_;
    std::string buffer_;
};

}  // namespace sallyport::test
