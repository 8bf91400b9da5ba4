#pragma once

#include "base/channel.h"
#include "base/clock.h"
#include "base/json.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::action {

/// One typed parameter of an action: what it may be.
struct ParameterRule {
    enum class Kind {
        kText,     ///< min..max code points of one line; no control, format, invisible or quotation
                   ///< mark characters, so that no value can look like text of ours
        kDecimal,  ///< "1250" or "1250.00": min..max whole units, at most `scale` decimal places
        kInteger,  ///< a JSON integer, min..max
        kCurrency,  ///< three capital letters (ISO 4217)
        kIban,      ///< ISO 13616 with its check digits; spaces and small letters are normalized
        kDate,      ///< 2026-11-23, a day of the calendar
        kId,        ///< 16 bytes in base64url
        kAddress,   ///< a mail address in ASCII, at most 254 characters
    };

    std::string name;  ///< small letters, digits and underscores; `{name}` in the template
    Kind kind = Kind::kText;
    std::uint64_t min = 1;
    std::uint64_t max = 140;
    unsigned scale = 2;               ///< of kDecimal; its values are padded to it
    std::vector<std::string> one_of;  ///< not empty: nothing else is allowed (kText, kCurrency)
    bool optional = false;
    std::map<std::string, std::string> label;  ///< for forms, per language
};

/// `text`, `decimal`, `integer`, `currency`, `iban`, `date`, `id`, `address`.
std::string_view name(ParameterRule::Kind kind);
std::optional<ParameterRule::Kind> parameterKindFromName(std::string_view text);

/// What it takes to propose, approve and execute actions of one type.
struct TypePolicy {
    std::string type;           ///< `payment.release`
    std::uint32_t version = 1;  ///< of parameters and template
    std::vector<ParameterRule> parameters;
    /// Per language: "Release {amount} {currency} to {payee}, account {iban}". `en` must be there.
    std::map<std::string, std::string> text;
    std::string acr = "phr";               ///< that an approval reaches: `phr`, `phrh`
    Duration max_age = Duration::zero();   ///< of the approver's sign-in; zero: the touch is enough
    unsigned approvers = 1;                ///< how many distinct persons
    std::set<std::string> approver_roles;  ///< has one of them; empty: anybody
    bool proposer_may_approve = false;
    bool proposer_only = false;         ///< nobody else may approve (implies the former)
    Duration delay = Duration::zero();  ///< between proposal and execution, at least
    Duration ttl = std::chrono::minutes(5);
    std::set<std::string> proposer_roles;  ///< has one of them; empty: anybody signed in
    std::set<std::string> clients;         ///< that may propose it
    std::optional<Channel> channel;        ///< that approvals must come from
    std::string audience;                  ///< of the grant; empty for a built-in type

    /// Everything above; what the digest is taken of, and what the evidence shows.
    Json json() const;

    /// SHA-256 of the canonical JSON: an action proposed under one policy is never executed under
    /// another.
    Digest digest() const;

    /// Null if there is none.
    const ParameterRule* find(std::string_view parameter) const;
};

/// Whether a policy can be used: names, bounds, a template for `en`, templates that name known
/// parameters only (and none twice given), approvers 1 to 9, ttl at most 7 days, delay below ttl, a
/// known acr. Errors: kInvalidRequest with a text for the operator.
Status checkPolicy(const TypePolicy& policy);

/// `parameters` in their one canonical form. Errors: kInvalidRequest, naming the parameter, for
/// whatever the rules do not allow; unknown members are refused.
Result<Json> checkParameters(const TypePolicy& policy, const Json& parameters);

/// Whether an approval of acr `reached` is enough where `needed` is asked for: `phrh` is more than
/// `phr`, that more than `urn:sallyport:acr:key`; any other name is enough for nothing.
bool acrReaches(std::string_view reached, std::string_view needed);

}  // namespace sallyport::action
