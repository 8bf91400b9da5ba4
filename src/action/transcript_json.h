#pragma once

#include "base/base64url.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"

#include <initializer_list>
#include <optional>
#include <string>

/// How the documents of approvals read their members: strictly, each error naming the member.
namespace sallyport::action {

/// Errors: kInvalidRequest unless `json` is an object with exactly these members.
Status checkMembers(const Json& json, std::initializer_list<std::string_view> members);

/// The member, which must be there. Errors: kInvalidRequest.
Result<const Json*> member(const Json& json, std::string_view name);

/// Errors: kInvalidRequest if absent, of another type, or longer than `most` bytes.
Result<std::string> textMember(const Json& json, std::string_view name, std::size_t most);

/// Null is absent; the member itself must be there.
Result<std::optional<std::string>> nullableText(const Json& json,
                                                std::string_view name,
                                                std::size_t most);

/// Canonical base64url of at most `most` bytes.
Result<Bytes> bytesMember(const Json& json, std::string_view name, std::size_t most);
Result<Digest> digestMember(const Json& json, std::string_view name);
Result<std::uint32_t> numberMember(const Json& json, std::string_view name);
Result<bool> flagMember(const Json& json, std::string_view name);

/// Microseconds since 1970, not before.
Result<Time> timeMember(const Json& json, std::string_view name);

template <class AnyId>
Result<AnyId> idMember(const Json& json, std::string_view name) {
    SALLYPORT_TRY(const std::string text, textMember(json, name, 32));
    return AnyId::fromText(text);
}

/// Null for absent.
template <class T>
Json orNull(const std::optional<T>& value) {
    return value.has_value() ? Json(*value) : Json();
}

}  // namespace sallyport::action
