#include "http/security_headers.h"

namespace sallyport::http {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kDefaults = {{
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
}};

/// Two years (RFC 6797). Without includeSubDomains: other hosts of the organization are not ours to
/// decide about.
constexpr std::string_view kStrictTransportSecurity = "max-age=63072000";

}  // namespace

void addSecurityHeaders(Response& response, bool https) {
    for (const auto& field : kDefaults) {
        if (response.headers.find(field.first) == nullptr) {
            response.headers.add(std::string(field.first), std::string(field.second));
        }
    }
    if (https)
        response.headers.set("Strict-Transport-Security", std::string(kStrictTransportSecurity));
}

}  // namespace sallyport::http
