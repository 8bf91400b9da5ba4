#pragma once

#include "http/problem.h"
#include "http/request.h"

#include <variant>

/// The request guard: RFC 9112 read strictly, before anything else sees a byte. Pure functions;
/// every refusal closes the connection.
namespace sallyport::http {

inline constexpr std::size_t kMaxHeadBytes = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxHeaderFields = 64;
inline constexpr std::size_t kMaxTargetBytes = std::size_t{8} * 1024;
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} * 1024;

/// Why a request goes no further. `reason` is a fixed text for log and metrics.
struct Refusal {
    Problem problem;
    std::string_view reason;
};

struct RequestHead {
    /// Method, path, query and headers.
    Request request;
    /// Exactly so many bytes of body follow.
    std::size_t content_length = 0;
    /// False for HTTP/1.0 and `Connection: close`.
    bool keep_alive = true;
};

/// How far the head in `bytes` goes: its size with the closing empty line, absent if more bytes are
/// needed, or a Refusal as soon as no further byte can make it right (a line end without CR, more
/// than kMaxHeadBytes).
std::variant<std::optional<std::size_t>, Refusal> findHeadEnd(std::string_view bytes);

/// `head` is what findHeadEnd() measured.
std::variant<RequestHead, Refusal> parseHead(std::string_view head);

}  // namespace sallyport::http
