#pragma once

#include "base/base64url.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

#include <compare>

#include <algorithm>

namespace sallyport {

/// A random 16-byte name. `Tag` keeps an AccountId from being passed as a LinkId.
template <class Tag>
struct Id {
    FixedBytes<16> bytes{};

    static Id random(Random& random) {
        Id id;
        random.fill(id.bytes);
        return id;
    }

    /// Errors: kInvalidRequest unless exactly 16 bytes.
    static Result<Id> fromBytes(ByteView bytes) {
        Id id;
        if (bytes.size() != id.bytes.size())
            return fail(ErrorCode::kInvalidRequest, "an id has 16 bytes");
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
    }

    /// Errors: kInvalidRequest unless the unpadded base64url of 16 bytes.
    static Result<Id> fromText(std::string_view text) {
        SALLYPORT_TRY(Bytes decoded, base64url::decode(text, 16));
        return fromBytes(decoded);
    }

    std::string text() const { return base64url::encode(bytes); }

    friend bool operator==(const Id&, const Id&) = default;

    friend std::strong_ordering operator<=>(const Id& a, const Id& b) {
        return a.bytes <=> b.bytes;
    }
};

using AccountId = Id<struct AccountTag>;
using AddressId = Id<struct AddressTag>;
using PersonId = Id<struct PersonTag>;
using LinkId = Id<struct LinkTag>;
using SessionId = Id<struct SessionTag>;
using RequestId = Id<struct RequestTag>;        ///< an OpenID authorization request
using CredentialId = Id<struct CredentialTag>;  ///< our row id, not WebAuthn's credential id
using TicketId = Id<struct TicketTag>;
using CeremonyId = Id<struct CeremonyTag>;
using ActionId = Id<struct ActionTag>;
using ChallengeId = Id<struct ChallengeTag>;  ///< an approval that was asked for
using ApprovalId = Id<struct ApprovalTag>;
using EvidenceId = Id<struct EvidenceTag>;
using GrantId = Id<struct GrantTag>;  ///< the `jti` of a grant
using OutboxId = Id<struct OutboxTag>;
using EventId = Id<struct EventTag>;
using TokenId = Id<struct TokenTag>;  ///< the id inside a token whose kind is not yet known

}  // namespace sallyport
