#include "http/server.h"

#include "http/connection_filter.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace sallyport::http {

namespace {

constexpr int kBacklog = 512;
constexpr mode_t kUnixSocketMode = 0660;

std::string describe(const ListenAddress& address) {
    if (address.isUnix()) return "unix:" + address.unix_path;
    return address.ip->text() + " port " + std::to_string(address.port);
}

/// Whether somebody answers on the socket file.
bool isServed(const std::string& path) {
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return true;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    const bool connected =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
    ::close(probe);
    return connected;
}

/// Removes the socket file of a process that was killed; nothing else.
void removeStaleSocket(const std::string& path) {
    struct stat status {};

    if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) && !isServed(path))
        ::unlink(path.c_str());
}

/// Throws what Poco throws.
void bindSocket(Poco::Net::ServerSocket& socket, const ListenAddress& listen) {
    using Poco::Net::SocketAddress;
    if (listen.isUnix()) {
        removeStaleSocket(listen.unix_path);
        socket.bind(SocketAddress(SocketAddress::UNIX_LOCAL, listen.unix_path), false, false);
        ::chmod(listen.unix_path.c_str(), kUnixSocketMode);
    } else {
        // Without SO_REUSEPORT: a second service on this port is a mistake, not a share.
        const SocketAddress address(listen.ip->text(), listen.port);
        if (listen.ip->isV4()) {
            socket.bind(address, true, false);
        } else {
            socket.bind6(address, true, false, false);
        }
    }
    socket.listen(kBacklog);
}

class Factory final : public Poco::Net::TCPServerConnectionFactory {
  public:
    explicit Factory(const ConnectionContext& context) : context_(context) {}

    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return new Connection(socket, context_);  // Poco takes ownership
    }

  private:
    const ConnectionContext& context_;
};

Poco::Net::TCPServerParams::Ptr serverParams(const Server::Options& options) {
    Poco::Net::TCPServerParams::Ptr params = new Poco::Net::TCPServerParams;
    params->setMaxThreads(static_cast<int>(options.workers));
    // A thread on its way to wait does not hear the dispatcher stop: it looks again this often.
    params->setThreadIdleTime(Poco::Timespan(0, 250 * Poco::Timespan::MILLISECONDS));
    // The filter refuses first, with an answer; beyond this Poco would close without one.
    params->setMaxQueued(static_cast<int>(options.workers + 2 * options.queue));
    return params;
}

}  // namespace

struct Server::Bound {
    Poco::Net::ServerSocket socket;
    std::string unix_path;

    ~Bound() {
        if (!unix_path.empty()) ::unlink(unix_path.c_str());
    }
};

struct Server::Running {
    Running(const Options& options,
            Poco::Net::ServerSocket& socket,
            RequestHandler& handler,
            const Clock& clock,
            Metrics& metrics)
        : board({options.workers, options.queue, options.connections_per_source}),
          context{
              handler,
              board,
              lingering,
              clock,
              metrics,
              {options.header_time, options.body_time, options.keep_alive_time, options.write_time},
              options.requests_per_connection},
          // Twice the workers: a thread that has left the dispatcher may not be back in the pool
          // when the next is wanted.
          pool("http", 1, static_cast<int>(2 * options.workers + 1)),
          server(new Factory(context), pool, socket, serverParams(options)) {
        server.setConnectionFilter(new ConnectionFilter(context, options.trusted_proxies));
    }

    ConnectionBoard board;
    LingeringClose lingering;
    ConnectionContext context;
    Poco::ThreadPool pool;
    Poco::Net::TCPServer server;
};

Server::Server(Options options) : options_(std::move(options)) {}

Server::~Server() {
    stop(Deadline::after(Duration::zero()));
}

Result<std::unique_ptr<Server>> Server::bind(Options options) {
    SALLYPORT_ASSERT(options.workers > 0 && options.requests_per_connection > 0);
    std::unique_ptr<Server> server(new Server(std::move(options)));
    const ListenAddress& listen = server->options_.listen;
    try {
        auto bound = std::make_unique<Bound>();
        bindSocket(bound->socket, listen);
        bound->unix_path = listen.unix_path;
        server->bound_ = std::move(bound);
    } catch (const Poco::Exception& exception) {
        return fail(ErrorCode::kUnavailable,
                    "cannot listen on " + describe(listen) + ": " + exception.displayText());
    }
    return server;
}

std::uint16_t Server::boundPort() const {
    if (options_.listen.isUnix() || bound_ == nullptr) return 0;
    return bound_->socket.address().port();
}

Status Server::start(RequestHandler& handler, const Clock& clock, Metrics& metrics) {
    SALLYPORT_ASSERT(bound_ != nullptr && running_ == nullptr);
    try {
        running_ = std::make_unique<Running>(options_, bound_->socket, handler, clock, metrics);
        running_->server.start();
    } catch (const Poco::Exception& exception) {
        return fail(ErrorCode::kUnavailable,
                    "cannot start the HTTP workers: " + exception.displayText());
    }
    return {};
}

void Server::stop(Deadline deadline) {
    if (running_ != nullptr) {
        running_->board.stop();
        running_->server.stop();
        running_->board.drain(deadline);
        running_->pool.joinAll();
        running_.reset();
    }
    bound_.reset();
}

}  // namespace sallyport::http
