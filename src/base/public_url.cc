#include "base/public_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

#include <algorithm>

namespace sallyport {

namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 2.3.4, as text

bool isHostName(std::string_view host) {
    return !host.empty() && host.size() <= kMaxHostBytes && host.front() != '.' &&
           host.front() != '-' && std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

bool isIpv6(const std::string& text) {
    in6_addr ignored{};
    return text.find('\0') == std::string::npos && inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

bool isHost(std::string_view host) {
    if (!host.starts_with('[')) return isHostName(host);
    return host.ends_with(']') && isIpv6(std::string(host.substr(1, host.size() - 2)));
}

Result<std::uint16_t> parsePort(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 ||
        text.front() == '0') {
        return fail(ErrorCode::kInvalidRequest,
                    "public_url: the port is not a number from 1 to 65535");
    }
    return port;
}

}  // namespace

Result<PublicUrl> PublicUrl::parse(std::string_view text) {
    PublicUrl url;
    std::string_view scheme = "http://";
    if (text.starts_with("https://")) {
        scheme = "https://";
        url.https_ = true;
    } else if (!text.starts_with(scheme)) {
        return fail(ErrorCode::kInvalidRequest, "public_url: must start with https:// or http://");
    }
    std::string_view authority = text.substr(scheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);

    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    if (!isHost(host)) {
        return fail(
            ErrorCode::kInvalidRequest,
            "public_url: needs a host in lower case (an A-label, IPv4 or [IPv6]) and no path");
    }
    if (colon != std::string_view::npos) {
        SALLYPORT_TRY(const std::uint16_t port, parsePort(authority.substr(colon + 1)));
        if (port == (url.https_ ? 443 : 80)) {
            return fail(ErrorCode::kInvalidRequest,
                        "public_url: leave out the scheme's own port, browsers do");
        }
    }
    url.host_ = host;
    url.authority_ = authority;
    url.origin_ = std::string(scheme) + url.authority_;
    return url;
}

bool PublicUrl::isLoopbackHttp() const {
    return !https_ && (host_ == "localhost" || host_ == "127.0.0.1" || host_ == "[::1]");
}

}  // namespace sallyport
