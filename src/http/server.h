#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "http/listen_address.h"
#include "http/request_handler.h"
#include "http/trusted_proxies.h"

#include <memory>

namespace sallyport::http {

/// A listener with its workers. bind() first, so that the port is known before the rest is built;
/// then start().
class Server {
  public:
    /// Defaults of `defaults.md`.
    struct Options {
        ListenAddress listen;
        TrustedProxies trusted_proxies;
        std::size_t workers = 128;
        /// Connections that may wait for a worker.
        std::size_t queue = 256;
        std::size_t connections_per_source = 64;
        Duration header_time = std::chrono::seconds(5);
        Duration body_time = std::chrono::seconds(10);
        Duration keep_alive_time = std::chrono::seconds(3);
        Duration write_time = std::chrono::seconds(10);
        unsigned requests_per_connection = 1000;
    };

    /// Binds and listens; connections wait until start(). A unix socket is made with mode 0660; one
    /// that nobody listens on any more is replaced. Errors: kUnavailable, naming the address.
    static Result<std::unique_ptr<Server>> bind(Options options);

    /// Stops at once if it runs.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The real port, also for port 0; 0 for a unix socket.
    std::uint16_t boundPort() const;

    /// Once. The references outlive the server. Errors: kUnavailable if threads cannot be had.
    Status start(RequestHandler& handler, const Clock& clock, Metrics& metrics);

    /// Accepts no more, lets running requests finish until `deadline`, then cuts their connections,
    /// and joins every thread (a handler that still runs is waited for: its own deadlines end it).
    void stop(Deadline deadline);

  private:
    struct Running;
    struct Bound;

    explicit Server(Options options);

    Options options_;
    std::unique_ptr<Bound> bound_;
    std::unique_ptr<Running> running_;
};

}  // namespace sallyport::http
