#include "fido/client_data.h"

#include "base/json.h"
#include "fido/response_json.h"

namespace sallyport::fido {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMostDepth = 16;

Error malformed(std::string_view problem) {
    return fail(ErrorCode::kInvalidRequest, "client data: " + std::string(problem));
}

Result<std::string> textMember(const Json& object, std::string_view name) {
    const Json* const member = object.find(name);
    if (member == nullptr || member->asString() == nullptr) {
        return malformed("no text in " + std::string(name));
    }
    return *member->asString();
}

}  // namespace

Result<ClientData> ClientData::parse(ByteView json) {
    if (json.size() > kMostClientData) return malformed("too long");
    std::string_view text = asText(json);
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
        text.remove_prefix(kByteOrderMark.size());
    }
    // Another's document: a client may add members with numbers that we do not speak.
    SALLYPORT_TRY(const Json object, Json::parse(text, kMostDepth, Json::OtherNumbers::kNull));
    if (object.asObject() == nullptr) return malformed("no object");

    ClientData data;
    SALLYPORT_TRY(data.type, textMember(object, "type"));
    SALLYPORT_TRY(data.challenge, bytesMember(object, "challenge", kMostClientData));
    SALLYPORT_TRY(data.origin, textMember(object, "origin"));
    if (const Json* const cross_origin = object.find("crossOrigin")) {
        if (cross_origin->asBool() == nullptr) return malformed("crossOrigin is no boolean");
        data.cross_origin = *cross_origin->asBool();
    }
    data.has_top_origin = object.find("topOrigin") != nullptr;
    return data;
}

}  // namespace sallyport::fido
