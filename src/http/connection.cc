#include "http/connection.h"

#include "http/response_writer.h"
#include "http/socket_io.h"

#include <Poco/Net/StreamSocket.h>

namespace sallyport::http {

namespace {

constexpr std::size_t kChunk = std::size_t{16} * 1024;

}  // namespace

Connection::Connection(const Poco::Net::StreamSocket& socket, const ConnectionContext& context)
    : TCPServerConnection(socket),
      context_(context),
      handle_(socket.impl()),
      connection_(context.board.start(handle_)) {}

Connection::~Connection() {
    context_.board.finish(handle_);
}

void Connection::run() {
    for (unsigned number = 1; serveOne(number); ++number) {
    }
}

/// True: the connection stays for another request.
bool Connection::serveOne(unsigned number) {
    if (number > 1 && buffer_.empty() && !awaitNext()) return false;
    RequestHead head;
    if (readHead(head) != Read::kComplete) return false;
    if (readBody(head) != Read::kComplete) return false;
    return answer(std::move(head), number == context_.most_requests);
}

/// Between two requests. Nobody is owed an answer here, so an end is silent.
bool Connection::awaitNext() {
    if (!context_.board.idle(handle_)) return false;
    const Io waited =
        awaitInput(connection_.socket.get(), Deadline::after(context_.times.keep_alive));
    return waited == Io::kDone;
}

Connection::Read Connection::readHead(RequestHead& head) {
    const Deadline deadline = Deadline::after(context_.times.header);
    while (true) {
        const auto end = findHeadEnd(buffer_);
        if (const auto* refusal = std::get_if<Refusal>(&end); refusal != nullptr)
            return refuse(*refusal);
        const std::optional<std::size_t>& size = *std::get_if<std::optional<std::size_t>>(&end);
        if (size.has_value()) {
            context_.board.proceed(handle_);
            auto parsed = parseHead(std::string_view(buffer_).substr(0, *size));
            if (const auto* refusal = std::get_if<Refusal>(&parsed); refusal != nullptr)
                return refuse(*refusal);
            head = std::move(*std::get_if<RequestHead>(&parsed));
            buffer_.erase(0, *size);
            return Read::kComplete;
        }
        if (const Read more = readMore(deadline, "head"); more != Read::kComplete) return more;
    }
}

Connection::Read Connection::readBody(RequestHead& head) {
    const Deadline deadline = Deadline::after(context_.times.body);
    while (buffer_.size() < head.content_length) {
        if (const Read more = readMore(deadline, "body"); more != Read::kComplete) return more;
    }
    context_.board.proceed(handle_);
    head.request.body = buffer_.substr(0, head.content_length);
    buffer_.erase(0, head.content_length);
    return Read::kComplete;
}

/// Takes what is there; waits only if nothing is, and then as one of the few that may.
Connection::Read Connection::readMore(Deadline deadline, std::string_view phase) {
    Io read = receiveNow(connection_.socket.get(), buffer_, kChunk);
    if (read == Io::kNothing) {
        context_.board.waitForRequest(handle_);
        read = awaitInput(connection_.socket.get(), deadline);
        if (read == Io::kDone) read = receiveNow(connection_.socket.get(), buffer_, kChunk);
    }
    if (read == Io::kTimeout || deadline.passed()) {
        context_.metrics.count("sallyport_http_timeouts_total", {{"phase", phase}});
        return Read::kGone;
    }
    if (read == Io::kDone || read == Io::kNothing) return Read::kComplete;
    const bool between_requests = answered_ && buffer_.empty();
    if (context_.board.proceed(handle_) || between_requests) return Read::kGone;
    return refuse({Problem::kUnavailable, "too many slow requests"});
}

/// True: the connection stays.
bool Connection::answer(RequestHead head, bool last) {
    const bool head_only = head.request.method == "HEAD";
    head.request.peer = connection_.peer;
    const Response response = context_.handler.handle(std::move(head.request));
    const bool stays = head.keep_alive && !last && context_.board.mayStay(handle_);
    const std::string bytes = writeResponse(response, context_.clock.now(), head_only, stays);
    if (!send(bytes)) return false;
    answered_ = true;
    if (!stays) leave();
    return stays;
}

Connection::Read Connection::refuse(const Refusal& refusal) {
    const Response response = context_.handler.refuse(refusal);
    if (send(writeResponse(response, context_.clock.now(), false, false))) leave();
    return Read::kRefused;
}

/// A reader too slow to take its answer loses it, not the worker.
bool Connection::send(std::string_view bytes) {
    const Io sent = sendAll(connection_.socket.get(), bytes, Deadline::after(context_.times.write));
    if (sent == Io::kTimeout)
        context_.metrics.count("sallyport_http_timeouts_total", {{"phase", "answer"}});
    return sent == Io::kDone;
}

/// After an answer that is the last one.
void Connection::leave() {
    context_.board.finish(handle_);
    context_.lingering.close(std::move(connection_.socket));
}

}  // namespace sallyport::http
