#include "token/pkce.h"

#include "base/base64url.h"
#include "base/percent.h"

#include <algorithm>

namespace sallyport::token {
namespace {

constexpr std::size_t kLeastVerifier = 43;
constexpr std::size_t kMostVerifier = 128;

bool isUnreserved(char c) {
    return isAlphaNumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

Error refused() {
    return fail(ErrorCode::kUnauthenticated, "the code verifier is not that of the challenge");
}

}  // namespace

bool isPkceChallenge(std::string_view challenge) {
    const auto decoded = base64url::decode(challenge, std::tuple_size_v<Digest>);
    return decoded && decoded->size() == std::tuple_size_v<Digest>;
}

Status checkPkce(std::string_view verifier, std::string_view challenge) {
    if (verifier.size() < kLeastVerifier || verifier.size() > kMostVerifier) return refused();
    if (!std::all_of(verifier.begin(), verifier.end(), isUnreserved)) return refused();
    const std::string made = base64url::encode(sha256(asBytes(verifier)));
    if (!constantTimeEquals(asBytes(made), asBytes(challenge))) return refused();
    return {};
}

}  // namespace sallyport::token
