#include "action/transcript.h"

#include "action/transcript_json.h"
#include "base/canonical.h"

namespace sallyport::action {
namespace {

// Longer than anything that a policy can let through.
constexpr std::size_t kMostName = 128;
constexpr std::size_t kMostReference = 1024;
constexpr std::size_t kMostText = std::size_t{16} * 1024;

}  // namespace

Json Action::json() const {
    return Json::Object{{"type", type},
                        {"schema_version", static_cast<std::int64_t>(schema_version)},
                        {"parameters", parameters},
                        {"resource", orNull(resource)},
                        {"subject", orNull(subject)},
                        {"proposer", proposer.has_value() ? Json(proposer->text()) : Json()},
                        {"client", orNull(client)},
                        {"policy_digest", base64url::encode(policy_digest)}};
}

Result<Action> Action::fromJson(const Json& json) {
    SALLYPORT_CHECK(checkMembers(json,
                                 {"type",
                                  "schema_version",
                                  "parameters",
                                  "resource",
                                  "subject",
                                  "proposer",
                                  "client",
                                  "policy_digest"}));
    Action action;
    SALLYPORT_TRY(action.type, textMember(json, "type", kMostName));
    SALLYPORT_TRY(action.schema_version, numberMember(json, "schema_version"));
    SALLYPORT_TRY(const Json* parameters, member(json, "parameters"));
    if (parameters->asObject() == nullptr)
        return fail(ErrorCode::kInvalidRequest, "parameters are an object");
    action.parameters = *parameters;
    SALLYPORT_TRY(action.resource, nullableText(json, "resource", kMostReference));
    SALLYPORT_TRY(action.subject, nullableText(json, "subject", kMostReference));
    SALLYPORT_TRY(const auto proposer, nullableText(json, "proposer", kMostName));
    if (proposer.has_value()) {
        SALLYPORT_TRY(action.proposer, AccountId::fromText(*proposer));
    }
    SALLYPORT_TRY(action.client, nullableText(json, "client", kMostName));
    SALLYPORT_TRY(action.policy_digest, digestMember(json, "policy_digest"));
    return action;
}

Result<Digest> Action::digest() const {
    SALLYPORT_TRY(const std::string canonical, json().canonical());
    return sha256(asBytes(canonical));
}

Result<Digest> Transcript::challenge() const {
    SALLYPORT_TRY(const Digest action_digest, action.digest());
    if (micros(issued) < 0 || micros(expires) < 0)
        return fail(ErrorCode::kInvalidRequest, "a time before 1970");
    return sha256(Canonical("sallyport/approval/v1")
                      .add(nonce)
                      .add(id.bytes)
                      .add(action_digest)
                      .add(locale)
                      .add(std::uint64_t{template_version})
                      .add(sha256(asBytes(text)))
                      .add(account.bytes)
                      .add(session_hash)
                      .add(name(channel))
                      .add(acr)
                      .add(issued)
                      .add(expires)
                      .finish());
}

Result<Json> Transcript::json() const {
    SALLYPORT_TRY(const Digest action_digest, action.digest());
    return Json(Json::Object{{"nonce", base64url::encode(nonce)},
                             {"action_id", id.text()},
                             {"action", action.json()},
                             {"action_digest", base64url::encode(action_digest)},
                             {"locale", locale},
                             {"template_version", static_cast<std::int64_t>(template_version)},
                             {"text", text},
                             {"account", account.text()},
                             {"session_hash", base64url::encode(session_hash)},
                             {"channel", name(channel)},
                             {"acr", acr},
                             {"issued", micros(issued)},
                             {"expires", micros(expires)}});
}

Result<Transcript> Transcript::fromJson(const Json& json) {
    SALLYPORT_CHECK(checkMembers(json,
                                 {"nonce",
                                  "action_id",
                                  "action",
                                  "action_digest",
                                  "locale",
                                  "template_version",
                                  "text",
                                  "account",
                                  "session_hash",
                                  "channel",
                                  "acr",
                                  "issued",
                                  "expires"}));
    Transcript transcript;
    SALLYPORT_TRY(transcript.nonce, digestMember(json, "nonce"));
    SALLYPORT_TRY(transcript.id, idMember<ActionId>(json, "action_id"));
    SALLYPORT_TRY(const Json* action, member(json, "action"));
    SALLYPORT_TRY(transcript.action, Action::fromJson(*action));
    SALLYPORT_TRY(const Digest named, digestMember(json, "action_digest"));
    SALLYPORT_TRY(const Digest digest, transcript.action.digest());
    if (named != digest) return fail(ErrorCode::kInvalidRequest, "the digest of another action");
    SALLYPORT_TRY(transcript.locale, textMember(json, "locale", kMostName));
    SALLYPORT_TRY(transcript.template_version, numberMember(json, "template_version"));
    SALLYPORT_TRY(transcript.text, textMember(json, "text", kMostText));
    SALLYPORT_TRY(transcript.account, idMember<AccountId>(json, "account"));
    SALLYPORT_TRY(transcript.session_hash, digestMember(json, "session_hash"));
    SALLYPORT_TRY(const std::string channel_name, textMember(json, "channel", kMostName));
    const auto channel = channelFromName(channel_name);
    if (!channel.has_value()) return fail(ErrorCode::kInvalidRequest, "no such channel");
    transcript.channel = *channel;
    SALLYPORT_TRY(transcript.acr, textMember(json, "acr", kMostName));
    SALLYPORT_TRY(transcript.issued, timeMember(json, "issued"));
    SALLYPORT_TRY(transcript.expires, timeMember(json, "expires"));
    return transcript;
}

Digest sessionHash(const SessionId& session) {
    return sha256(Canonical("sallyport/session-hash/v1").add(session.bytes).finish());
}

}  // namespace sallyport::action
