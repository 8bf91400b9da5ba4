#pragma once

#include "base/bytes.h"
#include "base/secret.h"

/// Relay codes: a MAC short enough to be typed (`protocols.md` 2).
namespace sallyport::mint {

inline constexpr std::string_view kRelayAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
inline constexpr std::size_t kRelaySymbols = 8;

/// The first 8 bytes as big-endian integer mod 30^8, written base 30, most significant first.
Secret relayCodeOf(const Digest& mac);

/// `XXXX-XXXX`.
Secret shownRelayCode(const Secret& code);

}  // namespace sallyport::mint
