#pragma once

#include "base/channel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "hsm/key_purpose.h"

#include <optional>
#include <set>
#include <string>
#include <variant>

/// What a token of each kind binds, in the order of the table in `protocols.md` 2. The mint encodes
/// it; nobody else does.
namespace sallyport::mint {

using hsm::Generation;

enum class LinkPurpose { kSignIn, kConfirmAddress, kRecovery };

/// `sign-in`, `confirm-address`, `recovery`.
std::string_view name(LinkPurpose purpose);
std::optional<LinkPurpose> linkPurposeFromName(std::string_view name);

/// An account and address that are absent make a void link: it looks like any other and opens
/// nothing.
struct LinkFields {
    LinkPurpose purpose;
    std::optional<AccountId> account;
    std::optional<AddressId> address;
    Digest binding;  ///< SHA-256 of the login cookie's 32 bytes
    std::optional<RequestId> request;
    Time issued;
    Time expires;

    friend bool operator==(const LinkFields&, const LinkFields&) = default;
};

enum class SessionKind { kPending, kInbox, kKey, kRecovery };

/// `pending`, `inbox`, `key`, `recovery`.
std::string_view name(SessionKind kind);
std::optional<SessionKind> sessionKindFromName(std::string_view name);

struct SessionFields {
    AccountId account;
    std::uint64_t account_epoch;
    SessionKind kind;
    std::string acr;
    std::set<std::string> amr;
    Time auth_time;
    std::optional<CredentialId> credential;
    Time issued;
    Time expires;  ///< absolute
    std::optional<SessionId> predecessor;
    Channel channel = Channel::kBrowser;  ///< of the event that the session rests on

    friend bool operator==(const SessionFields&, const SessionFields&) = default;
};

/// Has no row: the cookie carries issued and expires, the account comes from the address that is
/// asked for.
struct KnownBrowserFields {
    AccountId account;
    Time issued;
    Time expires;
};

/// The right to bind a security key to an account, once.
struct TicketFields {
    AccountId account;
    std::optional<ActionId>
        action;            ///< the approved action that issued it; absent during bootstrap
    Digest policy_digest;  ///< of the rules for enrolment that it was issued under
    Time expires;

    friend bool operator==(const TicketFields&, const TicketFields&) = default;
};

/// One alternative per kind; codes, refresh tokens and recovery codes follow in later steps.
using TokenFields = std::variant<LinkFields, SessionFields, KnownBrowserFields, TicketFields>;

}  // namespace sallyport::mint
