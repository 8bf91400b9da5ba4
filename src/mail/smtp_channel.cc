#include "mail/smtp_channel.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include <array>
#include <limits>
#include <system_error>

namespace sallyport::mail {
namespace {

constexpr std::size_t kChunk = 16384;

Error unavailable(std::string why) {
    return fail(ErrorCode::kUnavailable, std::move(why));
}

Error networkError(std::string_view doing, int reason) {
    return unavailable(std::string(doing) + ": " + std::generic_category().message(reason));
}

bool isLoopback(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return ntohl(v4->sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
    }
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

bool isAddressLiteral(const std::string& host) {
    in6_addr ignored{};
    return inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

// Fixed texts of the library and numbers; nothing of the other side.
std::string tlsReason(const SSL* session) {
    const long verdict = SSL_get_verify_result(session);
    if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "connection closed" : reason;
}

}  // namespace

Result<TlsContext> makeTlsContext(const std::string& ca_file) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context) return fail(ErrorCode::kInternal, "cannot make a TLS context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const int trusted = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                        : SSL_CTX_load_verify_file(context.get(), ca_file.c_str());
    if (trusted != 1)
        return fail(ErrorCode::kInvalidRequest, "cannot read the trusted certificates for mail");
    return context;
}

Result<std::unique_ptr<SmtpChannel>> SmtpChannel::connect(const SmtpPeer& peer, Deadline deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int looked_up =
        ::getaddrinfo(peer.host.c_str(), std::to_string(peer.port).c_str(), &hints, &found);
    if (looked_up != 0)
        return unavailable(std::string("cannot find the mail server: ") + gai_strerror(looked_up));
    const std::unique_ptr<addrinfo, Free<addrinfo, ::freeaddrinfo>> addresses(found);

    Error last = unavailable("the mail server has no address");
    for (const addrinfo* address = addresses.get(); address != nullptr;
         address = address->ai_next) {
        const int descriptor =
            ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptor < 0) {
            last = networkError("cannot make a socket", errno);
            continue;
        }
        std::unique_ptr<SmtpChannel> channel(new SmtpChannel(descriptor));
        channel->peer_is_loopback_ = isLoopback(address->ai_addr);
        if (::connect(descriptor, address->ai_addr, address->ai_addrlen) != 0 &&
            errno != EINPROGRESS) {
            last = networkError("cannot connect to the mail server", errno);
            continue;
        }
        if (auto waited = channel->wait(POLLOUT, deadline); !waited) {
            last = waited.error();
            continue;
        }
        int reason = 0;
        socklen_t size = sizeof(reason);
        ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &size);
        if (reason == 0) return channel;
        last = networkError("cannot connect to the mail server", reason);
    }
    return last;
}

SmtpChannel::~SmtpChannel() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Status SmtpChannel::wait(short events, Deadline deadline) const {
    while (true) {
        pollfd waiting{descriptor_, events, 0};
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
        const int ready =
            ::poll(&waiting,
                   1,
                   static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
        if (ready > 0) return {};
        if (ready == 0) return unavailable("the mail server took too long");
        if (errno != EINTR) return networkError("cannot wait for the mail server", errno);
    }
}

Status SmtpChannel::sendAll(ByteView bytes, Deadline deadline) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            SALLYPORT_CHECK(wait(POLLOUT, deadline));
        } else if (errno != EINTR) {
            return networkError("cannot send to the mail server", errno);
        }
        if (deadline.passed()) return unavailable("the mail server took too long");
    }
    return {};
}

Result<std::size_t> SmtpChannel::receiveSome(std::span<std::uint8_t> into,
                                             Deadline deadline) const {
    while (!deadline.passed()) {
        const ssize_t received = ::recv(descriptor_, into.data(), into.size(), 0);
        if (received > 0) return static_cast<std::size_t>(received);
        if (received == 0) return unavailable("the mail server closed the connection");
        if (errno == EAGAIN) {
            SALLYPORT_CHECK(wait(POLLIN, deadline));
        } else if (errno != EINTR) {
            return networkError("cannot receive from the mail server", errno);
        }
    }
    return unavailable("the mail server took too long");
}

Status SmtpChannel::startTls(SSL_CTX& context, const std::string& host, Deadline deadline) {
    if (!received_.empty())
        return unavailable("the mail server sent bytes before TLS began (STARTTLS injection)");
    ERR_clear_error();
    session_.reset(SSL_new(&context));
    if (!session_) return unavailable("cannot make a TLS session");
    from_network_ = BIO_new(BIO_s_mem());
    to_network_ = BIO_new(BIO_s_mem());
    SSL_set_bio(session_.get(), from_network_, to_network_);
    SSL_set_hostflags(session_.get(),
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const bool literal = isAddressLiteral(host);
    const int named =
        literal ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), host.c_str())
                : SSL_set1_host(session_.get(), host.c_str());
    if (named != 1) return unavailable("the mail server's name cannot be checked");
    if (!literal) {
        SSL_ctrl(session_.get(),
                 SSL_CTRL_SET_TLSEXT_HOSTNAME,
                 TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
    }
    int result = 0;
    while ((result = SSL_connect(session_.get())) != 1)
        SALLYPORT_CHECK(continueTls(result, deadline));
    return flushTls(deadline);
}

Status SmtpChannel::flushTls(Deadline deadline) {
    std::array<std::uint8_t, kChunk> chunk{};
    while (BIO_ctrl_pending(to_network_) > 0) {
        const int size = BIO_read(to_network_, chunk.data(), static_cast<int>(chunk.size()));
        if (size <= 0) break;
        SALLYPORT_CHECK(sendAll(ByteView(chunk.data(), static_cast<std::size_t>(size)), deadline));
    }
    return {};
}

Status SmtpChannel::continueTls(int result, Deadline deadline) {
    const int want = SSL_get_error(session_.get(), result);
    const bool goes_on = want == SSL_ERROR_WANT_READ || want == SSL_ERROR_WANT_WRITE;
    Error failure =
        goes_on ? Error{}
                : unavailable("TLS with the mail server failed: " + tlsReason(session_.get()));
    ERR_clear_error();
    // Also after a failure: the alert tells the other side why.
    SALLYPORT_CHECK(flushTls(deadline));
    if (!goes_on) return failure;
    if (want == SSL_ERROR_WANT_WRITE) return {};
    std::array<std::uint8_t, kChunk> chunk{};
    SALLYPORT_TRY(const std::size_t size, receiveSome(chunk, deadline));
    BIO_write(from_network_, chunk.data(), static_cast<int>(size));
    return {};
}

Status SmtpChannel::write(std::string_view text, Deadline deadline) {
    if (!session_) return sendAll(asBytes(text), deadline);
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, kChunk);
        const int result = SSL_write(session_.get(), piece.data(), static_cast<int>(piece.size()));
        if (result > 0) {
            text.remove_prefix(static_cast<std::size_t>(result));
            SALLYPORT_CHECK(flushTls(deadline));
        } else {
            SALLYPORT_CHECK(continueTls(result, deadline));
        }
    }
    return {};
}

Status SmtpChannel::fill(Deadline deadline) {
    std::array<std::uint8_t, kChunk> chunk{};
    if (!session_) {
        SALLYPORT_TRY(const std::size_t size, receiveSome(chunk, deadline));
        received_ += asText(ByteView(chunk.data(), size));
        return {};
    }
    int result = 0;
    while ((result = SSL_read(session_.get(), chunk.data(), static_cast<int>(chunk.size()))) <= 0) {
        SALLYPORT_CHECK(continueTls(result, deadline));
    }
    received_ += asText(ByteView(chunk.data(), static_cast<std::size_t>(result)));
    return {};
}

Result<SmtpReply> SmtpChannel::readReply(Deadline deadline) {
    while (true) {
        auto reply = takeReply(received_);
        if (!reply) return unavailable(reply.error().detail);
        if (reply->has_value()) return std::move(**reply);
        SALLYPORT_CHECK(fill(deadline));
    }
}

}  // namespace sallyport::mail
