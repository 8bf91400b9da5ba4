// Behind a trusted proxy any X-Forwarded-For gives a source; from anybody else it gives none.

#include "http/trusted_proxies.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sallyport::http;
    static const TrustedProxies proxies =
        TrustedProxies::parse(std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32"}).value();
    const std::string field(sallyport::asText({data, size}));
    const auto resolve = [&field](std::string_view peer) {
        Request request;
        request.peer = IpAddress::parse(peer).value();
        request.headers.add("X-Forwarded-For", field);
        proxies.resolveClient(request);
        SALLYPORT_ASSERT(request.headers.size() == 0);
        return request;
    };
    const Request proxied = resolve("10.0.0.1");
    SALLYPORT_ASSERT(proxied.client.has_value() && proxied.source == proxied.client->sourceKey());
    SALLYPORT_ASSERT(resolve("192.0.2.1").source == "192.0.2.1");
    return 0;
}
