#include "http/listen_address.h"

#include <sys/un.h>

#include <charconv>

namespace sallyport::http {

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
    const Error bad = fail(
        ErrorCode::kInvalidRequest,
        "listen: \"" + std::string(text) + "\" is not ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH");
    ListenAddress address;
    constexpr std::string_view kUnix = "unix:";
    if (text.starts_with(kUnix)) {
        address.unix_path = text.substr(kUnix.size());
        const bool usable = address.unix_path.starts_with('/') &&
                            address.unix_path.size() < sizeof(sockaddr_un::sun_path);
        if (!usable) return bad;
        return address;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return bad;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const Result<IpAddress> ip = IpAddress::parse(host);
    if (!ip.has_value() || (host.find(':') != std::string_view::npos) != bracketed) return bad;
    address.ip = *ip;
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size()) return bad;
    return address;
}

}  // namespace sallyport::http
