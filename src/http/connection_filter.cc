#include "http/connection_filter.h"

#include "http/response_writer.h"
#include "http/socket_io.h"

#include <Poco/Net/StreamSocket.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <variant>

namespace sallyport::http {

namespace {

/// The other end: an address, or absent for a unix socket. False: it has already gone.
bool peerOf(int socket, std::optional<IpAddress>& peer) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
    if (storage.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
        FixedBytes<4> bytes{};
        std::copy_n(
            reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), bytes.size(), bytes.begin());
        peer = IpAddress::fromV4(bytes);
    } else if (storage.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
        FixedBytes<16> bytes{};
        std::copy_n(
            reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), bytes.size(), bytes.begin());
        peer = IpAddress::fromV6(bytes);
    }
    return true;
}

}  // namespace

bool ConnectionFilter::accept(const Poco::Net::StreamSocket& socket) {
    // A descriptor of our own: Poco's is closed when the last of its threads lets go of it.
    ConnectionBoard::Admitted connection;
    connection.socket = Descriptor(::fcntl(socket.impl()->sockfd(), F_DUPFD_CLOEXEC, 0));
    const bool reachable =
        connection.socket.isOpen() && peerOf(connection.socket.get(), connection.peer);
    if (!reachable) return false;
    // A proxy brings everybody's connections: its own limit counts them.
    const bool counted = connection.peer.has_value() && !trusted_proxies_.trusts(connection.peer);
    if (counted) connection.source = connection.peer->sourceKey();

    const auto admission = context_.board.admit(socket.impl(), connection);
    if (admission == ConnectionBoard::Admission::kAdmitted) return true;
    const bool full = admission == ConnectionBoard::Admission::kFull;
    const Response response = context_.handler.refuse(
        {Problem::kUnavailable,
         full ? "too many connections" : "too many connections of a source"});
    const std::string bytes = writeResponse(response, context_.clock.now(), false, false);
    // A new socket's buffer holds it, so a deadline of now is enough.
    const Io sent = sendAll(connection.socket.get(), bytes, Deadline::after(Duration::zero()));
    if (sent == Io::kDone) context_.lingering.close(std::move(connection.socket));
    return false;
}

}  // namespace sallyport::http
