#include "token/jws.h"

#include "base/base64url.h"

namespace sallyport::token {
namespace {

constexpr std::size_t kMostHeader = 1024;
constexpr std::size_t kMostSignature = 512;  // RSA of 4096 bits
constexpr std::size_t kMostName = 128;
constexpr std::size_t kDepth = 4;

Error refused(std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, "JWS: " + std::string(what));
}

/// An optional text of the header.
Result<std::string> name(const Json& header, std::string_view member) {
    const Json* value = header.find(member);
    if (value == nullptr) return std::string();
    const std::string* text = value->asString();
    if (text == nullptr || text->empty() || text->size() > kMostName)
        return refused("no text of at most 128 bytes in " + std::string(member));
    return *text;
}

Result<Json> headerOf(std::string_view encoded) {
    SALLYPORT_TRY(const Bytes raw, base64url::decode(encoded, kMostHeader));
    return Json::parse(asText(raw), kDepth);
}

Status readHeader(std::string_view encoded, Jws& jws) {
    SALLYPORT_TRY(const Json header, headerOf(encoded));
    if (header.asObject() == nullptr) return refused("the header is no object");
    for (const char* member : {"crit", "b64"})
        if (header.find(member) != nullptr) return refused("extensions are not understood");
    SALLYPORT_TRY(const std::string algorithm, name(header, "alg"));
    const auto known = algorithmFromName(algorithm);
    if (!known) return refused("an algorithm that is never used");
    jws.algorithm = *known;
    SALLYPORT_TRY(jws.kid, name(header, "kid"));
    SALLYPORT_TRY(jws.typ, name(header, "typ"));
    return {};
}

}  // namespace

Result<Jws> Jws::parse(std::string_view compact) {
    if (compact.size() > kMostJwsBytes) return refused("too long");
    const std::size_t first = compact.find('.');
    const std::size_t second =
        first == std::string_view::npos ? first : compact.find('.', first + 1);
    if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
        return refused("not three parts");
    Jws jws;
    SALLYPORT_CHECK(readHeader(compact.substr(0, first), jws));
    SALLYPORT_TRY(jws.payload,
                  base64url::decode(compact.substr(first + 1, second - first - 1), kMostJwsBytes));
    SALLYPORT_TRY(jws.signature, base64url::decode(compact.substr(second + 1), kMostSignature));
    if (jws.signature.empty()) return refused("no signature");
    jws.signing_input = compact.substr(0, second);
    return jws;
}

std::string Jws::unverifiedText(std::string_view claim) const {
    const auto claims = Json::parse(asText(payload));
    if (!claims) return {};
    const Json* value = claims->find(claim);
    const std::string* text = value == nullptr ? nullptr : value->asString();
    return text == nullptr ? std::string() : *text;
}

Result<Json> embeddedKey(const Jws& jws) {
    const std::string_view input = jws.signing_input;
    SALLYPORT_TRY(const Json header, headerOf(input.substr(0, input.find('.'))));
    const Json* key = header.find("jwk");
    if (key == nullptr) return refused("no key in the header");
    return *key;
}

}  // namespace sallyport::token
