#include "token/dpop.h"

#include "base/base64url.h"
#include "token/claims.h"

#include <algorithm>

namespace sallyport::token {
namespace {

constexpr std::size_t kMostProof = std::size_t{4} * 1024;
constexpr std::size_t kMostJti = 128;
constexpr std::size_t kMostMethod = 16;
constexpr std::size_t kMostUri = 1024;
constexpr std::size_t kMostNonce = 128;
constexpr std::size_t kAthSize = 43;  // base64url of SHA-256

Error refused(std::string_view what) {
    return fail(ErrorCode::kUnauthenticated, "DPoP proof: " + std::string(what));
}

/// The key in the header. A JWK of an RSA key need not say its `alg` here, for the header does.
Result<PublicKey> keyOf(const Jws& jws) {
    SALLYPORT_TRY(const Json jwk, embeddedKey(jws));
    const Json::Object* given = jwk.asObject();
    if (given == nullptr) return refused("its key is no object");
    Json::Object members = *given;
    members.try_emplace("alg", name(jws.algorithm));
    return PublicKey::fromJwk(Json(std::move(members)));
}

Result<std::string> optionalText(const Claims& claims, std::string_view name, std::size_t most) {
    if (claims.find(name) == nullptr) return std::string();
    return claims.text(name, most);
}

Result<DpopProof> read(const Claims& claims, const PublicKey& key) {
    DpopProof proof;
    SALLYPORT_TRY(const Bytes thumbprint,
                  base64url::decode(key.thumbprint(), std::tuple_size_v<Digest>));
    std::copy(thumbprint.begin(), thumbprint.end(), proof.jkt.begin());
    SALLYPORT_TRY(proof.jti, claims.text("jti", kMostJti));
    SALLYPORT_TRY(proof.htm, claims.text("htm", kMostMethod));
    SALLYPORT_TRY(proof.htu, claims.text("htu", kMostUri));
    SALLYPORT_TRY(proof.issued, claims.time("iat"));
    SALLYPORT_TRY(proof.ath, optionalText(claims, "ath", kAthSize));
    SALLYPORT_TRY(proof.nonce, optionalText(claims, "nonce", kMostNonce));
    return proof;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// As RFC 9449 4.3 compares addresses: without query and fragment, scheme and host in small
/// letters, without the scheme's own port (RFC 3986 6.2.2, 6.2.3).
std::string comparable(std::string_view uri) {
    std::string text(uri.substr(0, uri.find_first_of("?#")));
    const std::size_t scheme = text.find("://");
    if (scheme == std::string::npos) return text;
    const std::size_t path = std::min(text.find('/', scheme + 3), text.size());
    const auto authority = text.begin() + static_cast<std::ptrdiff_t>(path);
    std::transform(text.begin(), authority, text.begin(), lower);
    const std::string_view origin = std::string_view(text).substr(0, path);
    const std::string_view port = origin.substr(0, 5) == "https" ? ":443" : ":80";
    if (origin.size() > port.size() && origin.substr(origin.size() - port.size()) == port)
        text.erase(path - port.size(), port.size());
    return text;
}

}  // namespace

Result<DpopProof> DpopProof::parse(std::string_view compact) {
    if (compact.size() > kMostProof) return refused("too long");
    const auto jws = Jws::parse(compact);
    if (!jws) return refused(jws.error().detail);
    if (jws->typ != "dpop+jwt") return refused("a typ of something else");
    const auto key = keyOf(*jws);
    if (!key) return refused(key.error().detail);
    SALLYPORT_TRY(const auto verified, verify(*jws, *key));
    SALLYPORT_TRY(const auto claims, Claims::from(verified));
    return read(claims, *key);
}

Status checkProof(const DpopProof& proof, const DpopUse& use, Time now) {
    if (proof.htm != use.method) return refused("it is for another method");
    if (comparable(proof.htu) != comparable(use.uri)) return refused("it is for another address");
    if (proof.issued < now - kDpopWindow) return refused("it is too old");
    if (proof.issued > now + kDpopWindow) return refused("it is of the future");
    const bool with_token = !use.access_token.empty();
    const std::string ath =
        with_token ? base64url::encode(sha256(asBytes(use.access_token))) : std::string();
    if (proof.ath != ath) return refused("it is for another access token");
    return {};
}

}  // namespace sallyport::token
