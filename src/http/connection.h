#pragma once

#include "base/metrics.h"
#include "http/connection_board.h"
#include "http/lingering_close.h"
#include "http/request_handler.h"

#include <Poco/Net/TCPServerConnection.h>

namespace sallyport::http {

/// What all connections of one listener share.
struct ConnectionContext {
    struct Times {
        Duration header;
        Duration body;
        Duration keep_alive;
        Duration write;
    };

    RequestHandler& handler;
    ConnectionBoard& board;
    LingeringClose& lingering;
    const Clock& clock;
    Metrics& metrics;
    Times times;
    /// Requests of one connection; the answer to the last one closes it.
    unsigned most_requests;
};

/// One connection from its first byte to its last, on one worker: read a head, guard it, read its
/// body, hand it over, answer, again. Every wait ends at a fixed point in time
/// (docs/adr/0002-own-connection-loop.md).
class Connection final : public Poco::Net::TCPServerConnection {
  public:
    Connection(const Poco::Net::StreamSocket& socket, const ConnectionContext& context);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void run() override;

  private:
    /// Why a read phase ended.
    enum class Read { kComplete, kGone, kRefused };

    bool serveOne(unsigned number);
    bool awaitNext();
    Read readHead(RequestHead& head);
    Read readBody(RequestHead& head);
    Read readMore(Deadline deadline, std::string_view phase);
    bool answer(RequestHead head, bool last);
    Read refuse(const Refusal& refusal);
    bool send(std::string_view bytes);
    void leave();

    const ConnectionContext& context_;
    const ConnectionBoard::Handle handle_;
    ConnectionBoard::Admitted connection_;
    /// Bytes that came and are not yet part of a request: the rest stays for the next one.
    std::string buffer_;
    bool answered_ = false;
};

}  // namespace sallyport::http
