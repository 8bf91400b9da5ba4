#include "action/transcript_json.h"

#include <algorithm>
#include <limits>

namespace sallyport::action {
namespace {

Error wrong(std::string_view member) {
    return fail(ErrorCode::kInvalidRequest, "member " + std::string(member) + " is not right");
}

}  // namespace

Status checkMembers(const Json& json, std::initializer_list<std::string_view> members) {
    const Json::Object* object = json.asObject();
    if (object == nullptr) return fail(ErrorCode::kInvalidRequest, "not a JSON object");
    for (const std::string_view name : members) {
        if (object->find(name) == object->end()) return wrong(name);
    }
    if (object->size() != members.size())
        return fail(ErrorCode::kInvalidRequest, "a member that does not belong there");
    return {};
}

Result<const Json*> member(const Json& json, std::string_view name) {
    const Json* found = json.find(name);
    if (found == nullptr) return wrong(name);
    return found;
}

Result<std::string> textMember(const Json& json, std::string_view name, std::size_t most) {
    SALLYPORT_TRY(const Json* found, member(json, name));
    const std::string* text = found->asString();
    if (text == nullptr || text->size() > most) return wrong(name);
    return *text;
}

Result<std::optional<std::string>> nullableText(const Json& json,
                                                std::string_view name,
                                                std::size_t most) {
    SALLYPORT_TRY(const Json* found, member(json, name));
    if (found->isNull()) return std::optional<std::string>();
    SALLYPORT_TRY(std::string text, textMember(json, name, most));
    return std::optional<std::string>(std::move(text));
}

Result<Bytes> bytesMember(const Json& json, std::string_view name, std::size_t most) {
    // Four characters for three bytes, rounded up.
    SALLYPORT_TRY(const std::string text, textMember(json, name, most / 3 * 4 + 4));
    auto bytes = base64url::decode(text, most);
    if (!bytes) return wrong(name);
    return bytes;
}

Result<Digest> digestMember(const Json& json, std::string_view name) {
    Digest digest{};
    SALLYPORT_TRY(const Bytes bytes, bytesMember(json, name, digest.size()));
    if (bytes.size() != digest.size()) return wrong(name);
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

Result<std::uint32_t> numberMember(const Json& json, std::string_view name) {
    SALLYPORT_TRY(const Json* found, member(json, name));
    const std::int64_t* number = found->asInteger();
    if (number == nullptr || *number < 0 ||
        *number > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) {
        return wrong(name);
    }
    return static_cast<std::uint32_t>(*number);
}

Result<bool> flagMember(const Json& json, std::string_view name) {
    SALLYPORT_TRY(const Json* found, member(json, name));
    const bool* flag = found->asBool();
    if (flag == nullptr) return wrong(name);
    return *flag;
}

Result<Time> timeMember(const Json& json, std::string_view name) {
    SALLYPORT_TRY(const Json* found, member(json, name));
    const std::int64_t* number = found->asInteger();
    if (number == nullptr || *number < 0) return wrong(name);
    return timeFromMicros(*number);
}

}  // namespace sallyport::action
