#include "token/algorithm.h"

#include <array>

namespace sallyport::token {
namespace {

constexpr std::array<std::string_view, 5> kNames{"ES256", "ES384", "EdDSA", "RS256", "PS256"};

}  // namespace

std::string_view name(Algorithm algorithm) {
    return kNames.at(static_cast<std::size_t>(algorithm));
}

std::optional<Algorithm> algorithmFromName(std::string_view text) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames.at(i) == text) return static_cast<Algorithm>(i);
    return std::nullopt;
}

}  // namespace sallyport::token
