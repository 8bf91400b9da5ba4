#include "http/trusted_proxies.h"

#include <charconv>

#include <algorithm>

namespace sallyport::http {

namespace {

/// Every hop of every X-Forwarded-For field, in order (RFC 9110 5.3: repeated fields are one list).
std::vector<std::string_view> forwardedHops(const Headers& headers) {
    std::vector<std::string_view> hops;
    for (const Headers::Field& field : headers) {
        if (!equalsIgnoringCase(field.first, "X-Forwarded-For")) continue;
        std::string_view rest = field.second;
        while (true) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            hops.push_back(trimBlanks(rest.substr(0, end)));
            if (end == rest.size()) break;
            rest.remove_prefix(end + 1);
        }
    }
    return hops;
}

Error badEntry(std::string_view entry) {
    return fail(ErrorCode::kInvalidRequest,
                "trusted_proxies: \"" + std::string(entry) +
                    R"(" is no address, no CIDR block and not "unix")");
}

}  // namespace

Result<TrustedProxies::Block> TrustedProxies::parseBlock(std::string_view entry) {
    const std::size_t slash = entry.find('/');
    const Result<IpAddress> network = IpAddress::parse(entry.substr(0, slash));
    if (!network.has_value()) return badEntry(entry);
    if (slash == std::string_view::npos) return Block{*network, network->bits()};
    const std::string_view text = entry.substr(slash + 1);
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
    if (error != std::errc() || end != text.data() + text.size() || prefix > network->bits()) {
        return badEntry(entry);
    }
    if (!network->isNetwork(prefix)) {
        return fail(
            ErrorCode::kInvalidRequest,
            "trusted_proxies: \"" + std::string(entry) + "\" has bits set behind its prefix");
    }
    return Block{*network, prefix};
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> entries) {
    TrustedProxies proxies;
    for (const std::string& entry : entries) {
        if (entry == "unix") {
            proxies.unix_ = true;
            continue;
        }
        SALLYPORT_TRY(const Block block, parseBlock(entry));
        proxies.blocks_.push_back(block);
    }
    return proxies;
}

bool TrustedProxies::contains(const IpAddress& address) const {
    return std::any_of(blocks_.begin(), blocks_.end(), [&address](const Block& block) {
        return address.isWithin(block.network, block.prefix);
    });
}

bool TrustedProxies::trusts(const std::optional<IpAddress>& peer) const {
    return peer.has_value() ? contains(*peer) : unix_;
}

void TrustedProxies::resolveClient(Request& request) const {
    request.client = request.peer;
    if (trusts(request.peer)) {
        std::vector<std::string_view> hops = forwardedHops(request.headers);
        for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
            const Result<IpAddress> address = IpAddress::parse(*hop);
            // What is no address was not written by a proxy that we trust: stay with the last known
            // hop.
            if (!address.has_value()) break;
            request.client = *address;
            if (!contains(*address)) break;
        }
    } else {
        request.headers.removeStartingWith("Client-Cert");
    }
    request.headers.remove("Forwarded");
    request.headers.removeStartingWith("X-Forwarded-");
    request.source = request.client.has_value() ? request.client->sourceKey() : "unix";
}

}  // namespace sallyport::http
