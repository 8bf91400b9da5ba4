#pragma once

#include "base/bytes.h"
#include "base/clock.h"

#include <optional>
#include <string_view>

namespace sallyport {

/// The one encoding of everything that is MAC'd, hashed or sealed (`protocols.md` 1):
/// `enc(domain, f1..fn) = lp(domain) u32(n) p1 lp(f1) .. pn lp(fn)`, big-endian; `p` is 0 for
/// absent, 1 for present.
/// `Canonical("sallyport/link/v1").add(id.bytes).add(issued).addAbsent().finish()`.
class Canonical {
  public:
    /// `domain` is ASCII with a version.
    explicit Canonical(std::string_view domain);

    Canonical& add(ByteView bytes);

    Canonical& add(std::string_view text) { return add(asBytes(text)); }

    Canonical& add(const char* text) { return add(std::string_view(text)); }

    /// Unsigned, 8 bytes.
    Canonical& add(std::uint64_t number);

    /// Times are microseconds since 1970 and never before it.
    Canonical& add(Time time);

    Canonical& addAbsent();

    template <class T>
    Canonical& addOptional(const std::optional<T>& value) {
        return value.has_value() ? add(*value) : addAbsent();
    }

    Bytes finish() const;

  private:
    void field(std::uint8_t presence, ByteView bytes);

    Bytes head_;
    Bytes fields_;
    std::uint32_t count_ = 0;
};

}  // namespace sallyport
