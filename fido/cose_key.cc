#include "fido/cose_key.h"

#include <array>

namespace sallyport::fido {

namespace {

constexpr std::array<Algorithm, 4> kAlgorithms = {
    Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kEs384, Algorithm::kRs256};

}  // namespace

std::string_view name(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::kEs256:
            return "ES256";
        case Algorithm::kEdDsa:
            return "EdDSA";
        case Algorithm::kEs384:
            return "ES384";
        case Algorithm::kRs256:
            return "RS256";
    }
    return "unknown";
}

std::optional<Algorithm> algorithmFromCose(std::int64_t number) {
    for (const Algorithm algorithm : kAlgorithms) {
        if (static_cast<std::int64_t>(algorithm) == number) return algorithm;
    }
    return std::nullopt;
}

const std::vector<Algorithm>& defaultAlgorithms() {
    static const std::vector<Algorithm> kDefault = {Algorithm::kEs256, Algorithm::kEdDsa};
    return kDefault;
}

}  // namespace sallyport::fido
