#pragma once

#include "account/installation.h"
#include "action/built_in.h"
#include "credential/tickets.h"

/// Administration: one file per `admin.*` action type. There is no other way to do any of it once
/// bootstrap is closed.
namespace sallyport::admin {

/// Of how many operators with how many keys each bootstrap may be closed.
struct BootstrapRules {
    std::size_t operators = 1;
    std::size_t keys = 1;
};

/// The references outlive the types.
struct Parts {
    const account::Directory& directory;
    storage::Database& database;
    seal::Sealer& sealer;
    const audit::EventLog& events;
    const credential::Credentials& credentials;
    const credential::Tickets& tickets;
};

/// Proposed with `{"address","roles"?}`: roles as sorted words.
action::Type accountCreateType(const action::BuiltInRules& rules, const Parts& parts);

/// Proposed with `{"address"}`.
action::Type accountFreezeType(const action::BuiltInRules& rules, const Parts& parts);

/// Proposed with `{"address"}`.
action::Type accountThawType(const action::BuiltInRules& rules, const Parts& parts);

/// Proposed with `{"address"}`; the ticket is in the answer to the last approval and nowhere else.
action::Type ticketIssueType(const action::BuiltInRules& rules, const Parts& parts);

/// Proposed without parameters.
action::Type bootstrapCloseType(const action::BuiltInRules& rules,
                                const Parts& parts,
                                BootstrapRules bootstrap);

/// All of them.
std::vector<action::Type> types(const action::BuiltInRules& rules,
                                const Parts& parts,
                                BootstrapRules bootstrap);

/// A type that is about one account, proposed with `{"address"}`: all but what it does.
action::Type accountType(action::TypePolicy policy, const Parts& parts);

/// The account that such an action is about, as it is now. Errors: kNotFound when the address is
/// another account's now.
Result<account::Authority> accountOf(const Parts& parts,
                                     const action::ActionRow& action,
                                     Deadline deadline);

/// A change of one account's authority record.
using AccountChange = Result<account::Directory::PreparedChange> (account::Directory::*)(
    const account::Authority& authority, std::optional<AccountId> actor, Deadline deadline) const;

/// accountType() that makes this change.
action::Type accountChangeType(action::TypePolicy policy, const Parts& parts, AccountChange change);

/// Who gave the last approval, for the event.
AccountId lastApprover(const std::vector<action::Counted>& approvals);

}  // namespace sallyport::admin
