#pragma once

#include "audit/event.h"
#include "base/random.h"
#include "credential/options.h"
#include "mint/mint.h"
#include "seal/sealed_row.h"

/// Enrolment tickets: the right to bind a first key to an account, once, for ten minutes. Shown on
/// a terminal or handed over in person, never mailed (SP 800-63B-4 4.1.2.2).
namespace sallyport::credential {

/// A ticket's row, verified by the mint just now.
struct Ticket {
    TicketId id;
    mint::TicketFields fields;
};

/// Thread-safe.
class Tickets {
  public:
    struct Parts {
        storage::Database& database;
        mint::Mint& mint;
        const audit::EventLog& events;
        seal::IntegrityReport integrity;
        const Clock& clock;
        Random& random;
    };

    Tickets(Parts parts, const Options& options) : parts_(std::move(parts)), options_(options) {}

    /// A ticket with all device work done; insert() writes it.
    struct Prepared {
        TicketId id;
        mint::Generation generation;
        mint::TicketFields fields;
        mint::Check check;
        Secret text;  ///< `spt.…`, for the person alone
        audit::EventLog::Prepared event;
        Time now;
    };

    /// `action` is the approved action that issues it; absent during bootstrap. Event
    /// `ticket.issued`.
    Result<Prepared> issue(const AccountId& account,
                           const std::optional<ActionId>& action,
                           const std::optional<AccountId>& actor,
                           Deadline deadline) const;

    /// The account's earlier tickets end: one is live at a time.
    static Status insert(storage::Transaction& transaction, const Prepared& ticket);

    /// Is this text a live ticket of the account, issued under today's rules? Errors: kForbidden
    /// for whatever is wrong with it; kIntegrity (reported).
    Result<Ticket> check(std::string_view text, const AccountId& account, Deadline deadline) const;

    /// The ticket that a ceremony named, verified again without its text. Errors: as check().
    Result<Ticket> find(const TicketId& id, const AccountId& account, Deadline deadline) const;

    /// The one guarded UPDATE. Errors: kConflict when it was spent, revoked or expired meanwhile.
    static Status consume(storage::Transaction& transaction, const TicketId& id, Time now);

    /// Deletes tickets that expired a day ago, at most `batch`; answers how many.
    Result<std::int64_t> purge(std::int64_t batch, Deadline deadline) const;

  private:
    struct Stored;
    Result<std::optional<Stored>> read(const TicketId& id, Deadline deadline) const;
    Status judge(const Stored& stored, const AccountId& account) const;
    Error reported(const TicketId& id) const;

    Parts parts_;
    const Options& options_;
};

}  // namespace sallyport::credential
