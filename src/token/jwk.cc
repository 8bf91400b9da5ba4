#include "token/jwk.h"

#include <set>

namespace sallyport::token {
namespace {

constexpr std::size_t kMostJwkBytes = 4096;
constexpr std::size_t kDepth = 6;

}  // namespace

Result<PublicKey> parseJwk(std::string_view text) {
    if (text.size() > kMostJwkBytes) return fail(ErrorCode::kInvalidRequest, "JWK: too long");
    SALLYPORT_TRY(const Json json, Json::parse(text, kDepth));
    return PublicKey::fromJwk(json);
}

Result<std::vector<PublicKey>> parseJwkSet(std::string_view text) {
    if (text.size() > kMostJwkSetBytes)
        return fail(ErrorCode::kInvalidRequest, "JWK set: too long");
    SALLYPORT_TRY(const Json json, Json::parse(text, kDepth));
    const Json* member = json.find("keys");
    const Json::Array* array = member == nullptr ? nullptr : member->asArray();
    if (array == nullptr || array->empty())
        return fail(ErrorCode::kInvalidRequest, "JWK set: no keys");
    if (array->size() > kMostKeys)
        return fail(ErrorCode::kInvalidRequest, "JWK set: too many keys");
    std::vector<PublicKey> keys;
    for (const Json& each : *array) {
        SALLYPORT_TRY(PublicKey key, PublicKey::fromJwk(each));
        keys.push_back(std::move(key));
    }
    SALLYPORT_CHECK(checkDistinct(keys));
    return keys;
}

Status checkDistinct(const std::vector<PublicKey>& keys) {
    if (keys.size() > kMostKeys) return fail(ErrorCode::kInvalidRequest, "JWK set: too many keys");
    std::set<std::string> kids;
    std::set<std::string> thumbprints;
    for (const PublicKey& key : keys) {
        if (!key.kid().empty() && !kids.insert(key.kid()).second)
            return fail(ErrorCode::kInvalidRequest, "JWK set: two keys of one kid");
        if (!thumbprints.insert(key.thumbprint()).second)
            return fail(ErrorCode::kInvalidRequest, "JWK set: the same key twice");
    }
    return {};
}

}  // namespace sallyport::token
