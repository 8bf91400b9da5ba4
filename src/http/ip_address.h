#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <compare>

namespace sallyport::http {

/// An IPv4 or IPv6 address; an IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address that
/// it stands for.
class IpAddress {
  public:
    /// Errors: kInvalidRequest for anything but a bare address (no port, brackets or zone).
    static Result<IpAddress> parse(std::string_view text);

    /// Network byte order, as in `sockaddr_in` and `sockaddr_in6`.
    static IpAddress fromV4(const FixedBytes<4>& bytes);
    static IpAddress fromV6(const FixedBytes<16>& bytes);

    /// RFC 5952 for IPv6, without brackets.
    std::string text() const;

    bool isV4() const { return is_v4_; }

    bool isLoopback() const;

    /// 32 or 128.
    unsigned bits() const { return is_v4_ ? 32 : 128; }

    /// Whether the first `prefix` bits are those of `network`; false for another family.
    bool isWithin(const IpAddress& network, unsigned prefix) const;

    /// Whether every bit behind the first `prefix` is zero.
    bool isNetwork(unsigned prefix) const;

    /// What limits count: an IPv4 address, or the /64 of an IPv6 address, because a subscriber has
    /// at least that.
    std::string sourceKey() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    bool is_v4_ = true;
    FixedBytes<16> bytes_{};  ///< IPv4 in the first four
};

}  // namespace sallyport::http
