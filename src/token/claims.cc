#include "token/claims.h"

namespace sallyport::token {
namespace {

constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kMostAudiences = 8;
constexpr std::size_t kMostAudience = 256;

Error refused(std::string_view what, std::string_view name) {
    return fail(ErrorCode::kUnauthenticated,
                "claims: " + std::string(what) + " in " + std::string(name));
}

Result<std::string> textOf(const Json* value, std::string_view name, std::size_t max_bytes) {
    const std::string* text = value == nullptr ? nullptr : value->asString();
    if (text == nullptr || text->empty()) return refused("no text", name);
    if (text->size() > max_bytes) return refused("a text too long", name);
    return *text;
}

}  // namespace

Result<Claims> Claims::from(const VerifiedJws& jws) {
    auto json = Json::parse(asText(jws.payload()));
    if (!json || json->asObject() == nullptr)
        return fail(ErrorCode::kUnauthenticated, "claims: no object");
    return Claims(*std::move(json));
}

Result<std::string> Claims::text(std::string_view name, std::size_t max_bytes) const {
    return textOf(find(name), name, max_bytes);
}

Result<Time> Claims::time(std::string_view name) const {
    const Json* value = find(name);
    const std::int64_t* seconds = value == nullptr ? nullptr : value->asInteger();
    if (seconds == nullptr || *seconds < 0 || *seconds > kLastSecond)
        return refused("no time", name);
    return Time(std::chrono::seconds(*seconds));
}

Result<std::optional<Time>> Claims::optionalTime(std::string_view name) const {
    if (find(name) == nullptr) return std::optional<Time>();
    SALLYPORT_TRY(const Time at, time(name));
    return std::optional<Time>(at);
}

Result<std::vector<std::string>> Claims::audience() const {
    constexpr std::string_view kName = "aud";
    const Json* value = find(kName);
    const Json::Array* array = value == nullptr ? nullptr : value->asArray();
    std::vector<std::string> audiences;
    if (array == nullptr) {
        SALLYPORT_TRY(std::string one, textOf(value, kName, kMostAudience));
        audiences.push_back(std::move(one));
        return audiences;
    }
    if (array->empty() || array->size() > kMostAudiences) return refused("no list", kName);
    for (const Json& each : *array) {
        SALLYPORT_TRY(std::string one, textOf(&each, kName, kMostAudience));
        audiences.push_back(std::move(one));
    }
    return audiences;
}

}  // namespace sallyport::token
