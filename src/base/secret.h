#pragma once

#include "base/bytes.h"

#include <iosfwd>
#include <string>

namespace sallyport {

/// Overwrites memory in a way that the optimizer keeps.
void wipe(void* data, std::size_t size) noexcept;

/// Bytes that must not be seen: a PIN, a link token, a cookie value, a mail address on its way out.
/// Move-only, wiped on destruction and assignment, not printable, compared in constant time, read
/// only through expose().
class Secret {
  public:
    Secret() = default;

    /// Copies `bytes`; the caller wipes his own.
    explicit Secret(ByteView bytes);

    explicit Secret(std::string_view text) : Secret(asBytes(text)) {}

    /// Takes the contents and leaves `text` wiped and empty.
    static Secret take(std::string&& text);

    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }

    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    ~Secret() { wipe(bytes_.data(), bytes_.size()); }

    /// An explicit copy; a word one can grep.
    Secret duplicate() const { return Secret(ByteView(bytes_)); }

    ByteView expose() const noexcept { return bytes_; }

    std::string_view exposeText() const noexcept { return asText(bytes_); }

    bool empty() const noexcept { return bytes_.empty(); }

    std::size_t size() const noexcept { return bytes_.size(); }

    friend bool operator==(const Secret& a, const Secret& b) noexcept {
        return constantTimeEquals(a.bytes_, b.bytes_);
    }

    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

  private:
    Bytes bytes_;
};

/// What GoogleTest prints (it asks for this name) instead of the bytes.
void PrintTo(const Secret& secret, std::ostream* out);

}  // namespace sallyport
