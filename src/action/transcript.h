#pragma once

#include "base/channel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"

#include <optional>
#include <string>

/// Actions and approvals: what was approved is what happens (`protocols.md` 5).
namespace sallyport::action {

/// What is approved. No summary is in it: the text is rendered from the typed parameters.
struct Action {
    std::string type;
    std::uint32_t schema_version = 0;  ///< the version of the type's policy
    Json parameters;                   ///< an object, as checkParameters() made it
    std::optional<std::string> resource;
    std::optional<std::string> subject;
    std::optional<AccountId> proposer;  ///< absent where a client proposed it for nobody
    std::optional<std::string> client;  ///< absent where a person proposed it himself
    Digest policy_digest{};

    /// `{"client","parameters","policy_digest","proposer","resource","schema_version","subject",
    /// "type"}`; what is absent is null, ids and digests are base64url.
    Json json() const;

    /// Strict: exactly those members. Errors: kInvalidRequest.
    static Result<Action> fromJson(const Json& json);

    /// SHA-256 of the canonical JSON. Errors: kInvalidRequest for parameters without one.
    Result<Digest> digest() const;

    friend bool operator==(const Action&, const Action&) = default;
};

/// Every field of one approval's challenge, and what two of them are hashes of. The server makes it
/// from sealed rows; page and workstation client recompute the challenge before they ask for a
/// touch; an auditor recomputes it from the evidence.
struct Transcript {
    FixedBytes<32> nonce{};
    ActionId id;
    Action action;
    std::string locale;  ///< the language of `text`
    std::uint32_t template_version = 0;
    std::string text;  ///< what the approver was shown
    AccountId account;
    Digest session_hash{};  ///< sessionHash()
    Channel channel = Channel::kBrowser;
    std::string acr;  ///< what the approval must reach
    Time issued;
    Time expires;

    /// SHA-256(enc("sallyport/approval/v1", nonce, id, action digest, locale, template version,
    /// SHA-256(text), account, session hash, channel, acr, issued, expires)). Errors:
    /// kInvalidRequest.
    Result<Digest> challenge() const;

    /// `{"account","acr","action","action_digest","action_id","channel","expires","issued","locale",
    /// "nonce","session_hash","template_version","text"}`: times are integers in microseconds, as
    /// the encoding has them. Errors: kInvalidRequest.
    Result<Json> json() const;

    /// Strict: exactly those members, and the digest is that of the action. Errors:
    /// kInvalidRequest.
    static Result<Transcript> fromJson(const Json& json);

    friend bool operator==(const Transcript&, const Transcript&) = default;
};

/// What stands for a session where its id must not: SHA-256(enc("sallyport/session-hash/v1", id)).
Digest sessionHash(const SessionId& session);

}  // namespace sallyport::action
