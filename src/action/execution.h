#pragma once

#include "action/approvals.h"
#include "action/changes.h"
#include "credential/proof.h"
#include "session/session.h"

namespace sallyport::action {

/// From an approved action to its one effect. Thread-safe.
///
/// Whoever gives an effect asks confirm() first, which judges every approval anew; what it judged
/// is compared once more in the effect's own transaction, and the guarded replacement of the action
/// row there makes it the only one. An action whose approvals no longer suffice (somebody was
/// demoted or frozen, a key was lost) goes back to `proposed` and waits for others until it
/// expires; one whose policy changed, or whose proposer may no longer propose it, has failed.
class Execution {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        seal::Sealer& sealer;
        const Approvals& approvals;
        session::Service& sessions;
        const audit::EventLog& events;
        const Clock& clock;
        Log& log;
        Changes& changes;
    };

    explicit Execution(const Parts& parts) : parts_(parts) {}

    /// The next row of an action with its event, ready to be written.
    struct Step {
        seal::VerifiedRow old;
        seal::SealedRow next;
        audit::EventLog::Prepared event;

        /// Errors: kConflict when the row is no longer the one that was judged.
        Status write(storage::Transaction& transaction) const;
    };

    /// An action that is approved, in time, with every approval verified again just now. Errors:
    /// kNotFound, kIntegrity; kConflict while it waits for approvals or its time, and when rows
    /// changed while it read; kGone when it is settled, has expired or has just failed.
    Result<Standing> confirm(const ActionId& id, Deadline deadline);

    /// From `action` to `state`, with the event `action.<state>`; `approvals` are named in it.
    /// Device work only. For grants too.
    Result<Step> prepareStep(const ActionRow& action,
                             const seal::VerifiedRow& row,
                             State state,
                             std::optional<std::string> result,
                             const std::vector<Counted>& approvals,
                             Deadline deadline) const;

    /// Gives an action of mode kDirect its effect. Success also when it was settled in the
    /// meantime. Errors as of confirm().
    Status run(const ActionId& id, Deadline deadline);

    /// What the last approver gets.
    struct Answer {
        std::optional<session::Opening> session;  ///< of mode kRaise: already written
        std::optional<Secret> product;
    };

    /// Gives an action of mode kAnswer or kRaise its effect, for the person whose approval was the
    /// last. Errors as of confirm().
    Result<Answer> answer(const ActionId& id,
                          const session::Session& by,
                          const std::string& browser,
                          Deadline deadline);

    /// For `POST /enrolments {action}`: an approved action of mode kClaim (`credential.add`), for
    /// the session in which its person touched the key: another session of the account, such as one
    /// that a mail opened, has no part in it. Its settle() comes first in the transaction of the
    /// enrolment, before that changes the account. Errors as of confirm(); kForbidden when it is
    /// another session's, account's or mode's.
    Result<credential::ApprovedAction> claim(const ActionId& id,
                                             const session::Session& by,
                                             Deadline deadline);

    /// Housekeeping: executes what was approved and not yet executed, at most `batch`. Answers how
    /// many.
    Result<std::int64_t> resume(std::int64_t batch, Deadline deadline);

    /// Housekeeping: settles what has run out of time, deletes challenges that have, and a day
    /// later the rows of actions that nobody approved. Answers how many it settled.
    Result<std::int64_t> expire(std::int64_t batch, Deadline deadline);

    /// Settles an action whose judgement failed with kGone or kForbidden as `failed`. Other errors
    /// change nothing. Answers the error that the caller gets.
    Error settleFailed(const ActionId& id, const Error& why, Deadline deadline);

  private:
    Status settle(const ActionRow& action,
                  const seal::VerifiedRow& row,
                  State state,
                  std::optional<std::string> result,
                  Deadline deadline);
    Status reopen(const Standing& standing, Deadline deadline);
    Result<Standing> begin(const ActionId& id, Deadline deadline);
    Status give(const Standing& standing, Effect& effect, Deadline deadline);
    Result<Effect> prepared(const Standing& standing, Deadline deadline);
    Result<session::Opening> raise(const Standing& standing,
                                   const session::Session& by,
                                   const std::string& browser,
                                   Deadline deadline);
    Status attempt(const ActionId& id, Deadline deadline);
    Result<std::vector<ActionId>> waiting(std::int64_t batch, Deadline deadline) const;

    Parts parts_;
};

}  // namespace sallyport::action
