#pragma once

#include "account/authority.h"
#include "action/policy.h"
#include "action/rows.h"
#include "base/secret.h"

#include <functional>
#include <map>

namespace sallyport::action {

/// One approval that counts, verified just now.
struct Counted {
    ApprovalRow approval;
    FixedBytes<16> person{};  ///< person id, or account id where there is none
    std::string acr;          ///< that the key reaches
};

/// What an approved action does, with all device work done.
struct Effect {
    /// Into the transaction that makes the action `executed`. A body may run twice.
    std::function<Status(storage::Transaction&)> write;
    /// A word for the proposer, kept with the action.
    std::optional<std::string> result;
    /// What only the last approver gets to see, once: an enrolment ticket.
    std::optional<Secret> product;
};

/// How an approved action comes to its effect.
enum class Mode {
    kDirect,  ///< by itself, as soon as it may; resumed after a crash
    kAnswer,  ///< in the answer to the last approval, because it yields something for that person
    kRaise,   ///< likewise: it yields a new session in place of the approver's (`session.step-up`)
    kClaim,   ///< by a later request that names it (`POST /enrolments`)
    kGrant,   ///< a relying party's: by `POST /actions/{id}/grant`
};

/// An action type: `{name, schema, render, execute}` (`protocols.md` 5). Name, schema and template
/// are the policy's.
struct Type {
    TypePolicy policy;
    Mode mode = Mode::kGrant;

    /// Fills in what follows from the parameters that were given (the name of a key beside its id),
    /// and refuses what can never be executed. Errors reach the proposer: kInvalidRequest,
    /// kForbidden, kNotFound, kConflict. Empty: parameters stay as they are.
    std::function<Result<Json>(
        const account::Authority* proposer, const Json& parameters, Deadline deadline)>
        complete;

    /// Of kDirect and kAnswer. Judges again what complete() did: time has passed. Errors:
    /// kForbidden, kNotFound, kConflict and kInvalidRequest mean that it can never be executed.
    std::function<Result<Effect>(
        const ActionRow& action, const std::vector<Counted>& approvals, Deadline deadline)>
        prepare;
};

/// Every type that there is; an unlisted one is refused. Built once by `app`, then only read.
class Types {
  public:
    /// Errors: kInvalidRequest for a policy that cannot be used, a type twice, or a built-in name
    /// (`session.`, `credential.`, `admin.`) for a relying party's type.
    static Result<Types> make(std::vector<Type> types);

    /// Null if there is none.
    const Type* find(std::string_view name) const;

    /// By name.
    const std::map<std::string, Type, std::less<>>& all() const { return types_; }

  private:
    std::map<std::string, Type, std::less<>> types_;
};

/// Whether the name belongs to a type of ours, which no client ever proposes.
bool isBuiltIn(std::string_view type);

}  // namespace sallyport::action
