#include "http/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace sallyport::http {

IpAddress IpAddress::fromV4(const FixedBytes<4>& bytes) {
    IpAddress address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

IpAddress IpAddress::fromV6(const FixedBytes<16>& bytes) {
    constexpr FixedBytes<12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
        return fromV4({bytes[12], bytes[13], bytes[14], bytes[15]});
    }
    IpAddress address;
    address.is_v4_ = false;
    address.bytes_ = bytes;
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    if (terminated.find('\0') == std::string::npos) {
        FixedBytes<4> v4{};
        if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return fromV4(v4);
        FixedBytes<16> v6{};
        if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return fromV6(v6);
    }
    return fail(ErrorCode::kInvalidRequest, "not an IP address");
}

bool IpAddress::isLoopback() const {
    if (is_v4_) return bytes_[0] == 127;
    FixedBytes<16> one{};
    one.back() = 1;
    return bytes_ == one;
}

bool IpAddress::isWithin(const IpAddress& network, unsigned prefix) const {
    if (is_v4_ != network.is_v4_ || prefix > bits()) return false;
    const std::size_t whole = prefix / 8;
    if (!std::equal(bytes_.begin(),
                    bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                    network.bytes_.begin())) {
        return false;
    }
    const unsigned rest = prefix % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xffU << (8 - rest));
    return ((bytes_[whole] ^ network.bytes_[whole]) & mask) == 0;
}

bool IpAddress::isNetwork(unsigned prefix) const {
    for (unsigned bit = prefix; bit < bits(); ++bit) {
        if ((bytes_[bit / 8] & (0x80U >> (bit % 8))) != 0) return false;
    }
    return true;
}

std::string IpAddress::text() const {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::string IpAddress::sourceKey() const {
    if (is_v4_) return text();
    IpAddress network = *this;
    std::fill(network.bytes_.begin() + 8, network.bytes_.end(), std::uint8_t{0});
    return network.text() + "/64";
}

}  // namespace sallyport::http
