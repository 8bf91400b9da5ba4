// Whatever the guard accepts can be framed in one way only: no second head end, line end or length
// hides in it.

#include "http/request_guard.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace sallyport::http;

bool isPrintable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void checkAccepted(std::string_view head, const RequestHead& parsed) {
    const Request& request = parsed.request;
    SALLYPORT_ASSERT(head.size() <= kMaxHeadBytes && head.find("\r\n\r\n") == head.size() - 4);
    SALLYPORT_ASSERT(request.path.starts_with('/') && isPrintable(request.path) &&
                     isPrintable(request.query));
    SALLYPORT_ASSERT(request.path.find("/../") == std::string::npos);
    SALLYPORT_ASSERT(request.headers.size() <= kMaxHeaderFields &&
                     request.headers.count("Host") == 1);
    SALLYPORT_ASSERT(request.headers.find("Transfer-Encoding") == nullptr);
    SALLYPORT_ASSERT(request.headers.count("Content-Length") <= 1);
    SALLYPORT_ASSERT(parsed.content_length <= kMaxBodyBytes);
    const std::string* length = request.headers.find("Content-Length");
    SALLYPORT_ASSERT((length == nullptr ? 0 : std::stoul(*length)) == parsed.content_length);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = sallyport::asText({data, size});
    const auto end = findHeadEnd(bytes);
    const auto* found = std::get_if<std::optional<std::size_t>>(&end);
    if (found == nullptr || !found->has_value()) return 0;
    const std::string_view head = bytes.substr(0, **found);
    const auto parsed = parseHead(head);
    if (const auto* accepted = std::get_if<RequestHead>(&parsed)) checkAccepted(head, *accepted);
    return 0;
}
