#pragma once

#include "base/bytes.h"

namespace sallyport {

/// Unpredictable bytes. Thread-safe. Aborts rather than return anything weaker.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    template <std::size_t N>
    FixedBytes<N> bytes() {
        FixedBytes<N> out{};
        fill(out);
        return out;
    }
};

/// The operating system's generator through OpenSSL's DRBG.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace sallyport
