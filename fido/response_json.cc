#include "fido/response_json.h"

#include "base/base64url.h"

#include <algorithm>
#include <set>

namespace sallyport::fido {

namespace {

constexpr std::size_t kMostTransports = 8;
constexpr std::size_t kMostTransport = 32;

Error malformed(std::string detail) {
    return fail(ErrorCode::kInvalidRequest, std::move(detail));
}

Error malformedMember(std::string_view name, std::string_view problem) {
    return malformed(std::string(name) + " " + std::string(problem));
}

bool isTransport(std::string_view text) {
    return !text.empty() && text.size() <= kMostTransport &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

}  // namespace

Result<Bytes> bytesMember(const Json& object, std::string_view name, std::size_t max_bytes) {
    const Json* const member = object.find(name);
    if (member == nullptr) return malformedMember(name, "is missing");
    const std::string* const text = member->asString();
    if (text == nullptr) return malformedMember(name, "is no string");
    Result<Bytes> bytes = base64url::decode(*text, max_bytes);
    if (!bytes.has_value()) return malformedMember(name, "is no base64url of allowed length");
    if (bytes->empty()) return malformedMember(name, "is empty");
    return bytes;
}

Result<Bytes> credentialIdOf(const Json& response) {
    SALLYPORT_TRY(Bytes id, bytesMember(response, "id", kMostCredentialId));
    SALLYPORT_TRY(const Bytes raw_id, bytesMember(response, "rawId", kMostCredentialId));
    if (id != raw_id) return malformed("id and rawId differ");
    const Json* const type = response.find("type");
    if (type == nullptr || type->asString() == nullptr || *type->asString() != "public-key") {
        return malformed("type is not public-key");
    }
    return id;
}

Result<const Json*> innerResponseOf(const Json& response) {
    const Json* const inner = response.find("response");
    if (inner == nullptr || inner->asObject() == nullptr) return malformed("no object response");
    return inner;
}

Result<std::vector<std::string>> transportsOf(const Json& inner) {
    const Json* const member = inner.find("transports");
    if (member == nullptr) return std::vector<std::string>();
    const Json::Array* const list = member->asArray();
    if (list == nullptr) return malformed("transports is no list");
    if (list->size() > kMostTransports) return malformed("too many transports");
    std::set<std::string> words;
    for (const Json& item : *list) {
        const std::string* const word = item.asString();
        if (word == nullptr || !isTransport(*word)) return malformed("a transport is no word");
        words.insert(*word);
    }
    return std::vector<std::string>(words.begin(), words.end());
}

}  // namespace sallyport::fido
