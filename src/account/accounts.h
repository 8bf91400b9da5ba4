#pragma once

#include "account/address.h"
#include "account/authority.h"
#include "account/notices.h"
#include "audit/event.h"
#include "base/random.h"
#include "mint/mint.h"
#include "seal/sealed_row.h"

#include <memory>
#include <span>

namespace sallyport::account {

/// What the database says about one mailbox, not yet believed. Empty members: there is no such row.
struct MailboxRows {
    std::optional<seal::UnverifiedRow> address;
    std::optional<seal::UnverifiedRow> authority;
    std::vector<AddressVersion> live;  ///< every address of the account
    bool unreadable = false;           ///< set by checkRequests() for a row that cannot be checked
    /// Set where a believed row named the account: the address must be this one's.
    std::optional<AccountId> expected;
};

/// A mailbox whose rows hold: sealed, current, and the address named by its authority record.
struct Found {
    Authority authority;
    AddressId address;
    seal::VerifiedRow address_row;
};

/// Accounts, their authority records and addresses. Thread-safe.
///
/// A mailbox is found in two mint batches, into which a caller puts requests of his own:
///   batch 1: lookupRequest()            -> readRows(transaction, answer)
///   batch 2: checkRequests(rows)        -> accept(rows, answers)
/// A known, frozen, unknown or damaged mailbox costs the same device operations: what is missing is
/// replaced by rows that this ring really sealed.
class Directory {
  public:
    /// How many requests checkRequests() makes, always.
    static constexpr std::size_t kChecks = 2;

    struct Parts {
        mint::Mint& mint;
        storage::Database& database;
        seal::Sealer& sealer;
        const audit::EventLog& events;
        const Clock& clock;
        Random& random;
        seal::IntegrityReport report;  ///< for rows that are missing or not named
        const Notices& notices;
    };

    /// Seals the dummy rows. Errors: those of the mint.
    static Result<std::unique_ptr<Directory>> open(Parts parts, Deadline deadline);

    /// Batch 1: where the mailbox stands in the index.
    static mint::Request lookupRequest(const MailAddress& address);

    /// By the answer to it. Errors: those of the transaction.
    static Result<MailboxRows> readRows(storage::Transaction& transaction,
                                        const mint::LookupAnswer& index);

    /// By ids that a believed row named (redemption, mail worker).
    static Result<MailboxRows> readRows(storage::Transaction& transaction,
                                        const AccountId& account,
                                        const AddressId& address);

    /// Batch 2: exactly kChecks requests. Errors: kInternal.
    Result<std::vector<mint::Request>> checkRequests(MailboxRows& rows) const;

    /// Empty: the mailbox is not known. Errors: kIntegrity when a seal does not hold, a row is
    /// missing, stale, or not named by the authority record (reported); then the whole subject is
    /// denied.
    Result<std::optional<Found>> accept(MailboxRows rows,
                                        std::span<const mint::Answer> answers) const;

    /// All of that at once.
    Result<std::optional<Found>> find(const MailAddress& address, Deadline deadline) const;
    Result<std::optional<Found>> find(const AccountId& account,
                                      const AddressId& address,
                                      Deadline deadline) const;

    /// The authority record of a session's account. Errors: kIntegrity if there is none.
    Result<Authority> authorityOf(const AccountId& account, Deadline deadline) const;

    /// The same with the account's oldest address, for a person's own pages. Empty if it has none.
    Result<std::optional<Found>> findAny(const AccountId& account, Deadline deadline) const;

    /// The authority records of every account that has a role and may sign in; one that an editor
    /// hid is not among them. Errors: kIntegrity if a seal does not hold.
    Result<std::vector<Authority>> withRole(std::string_view role, Deadline deadline) const;

    /// The stored mailbox of a found account, verified and decrypted: the only bytes that mail goes
    /// to. Errors: kIntegrity, kGone when its erasable part was erased.
    Result<Secret> decryptAddress(const Found& found, Deadline deadline) const;

    /// The same when the account row was verified already.
    Result<Secret> decryptAddress(const seal::VerifiedRow& address,
                                  const seal::VerifiedRow& account,
                                  Deadline deadline) const;

    /// For a void link: the same work as find() and decryptAddress() on the dummy rows.
    Status spendOnDummy(Deadline deadline) const;

    struct NewAccount {
        Kind kind = Kind::kPerson;
        MailAddress address;
        AccountStatus status;
        std::set<std::string> roles;
        std::optional<AccountId> actor;  ///< who makes it; absent: the host
    };

    /// An account with all device work done; insert() writes it.
    struct PreparedAccount {
        AccountId account;
        AddressId address;
        seal::SealedRow account_row;
        seal::SealedRow address_row;
        seal::SealedRow authority_row;
        audit::EventLog::Prepared event;  ///< `account.created`
    };

    /// Errors: kInvalidRequest for a word that is no role; those of the mint.
    Result<PreparedAccount> prepare(const NewAccount& account, Deadline deadline) const;

    /// Errors: kConflict if the mailbox has an account.
    static Status insert(storage::Transaction& transaction, const PreparedAccount& account);

    /// prepare() and insert() in a transaction of its own.
    Result<AccountId> create(const NewAccount& account, Deadline deadline) const;

    /// The next version of an authority record with its event, and what its holder is told; write()
    /// puts it into anybody's transaction. Errors of write(): kConflict if the record changed since
    /// it was read.
    struct PreparedChange {
        seal::VerifiedRow old;
        seal::SealedRow next;
        audit::EventLog::Prepared event;
        std::optional<Notices::Prepared> notice;
    };

    /// `unconfirmed` to `active`, same epoch, event `account.activated`. Errors: kConflict for
    /// another status.
    Result<PreparedChange> prepareActivation(const Authority& authority, Deadline deadline) const;

    /// Any status to `frozen`, next epoch, event `account.frozen`. Errors: kConflict if frozen.
    Result<PreparedChange> prepareFreeze(const Authority& authority,
                                         std::optional<AccountId> actor,
                                         Deadline deadline) const;

    /// `frozen` to `active`, event `account.thawed`. The epoch stays where the freeze put it, so
    /// that no session of before comes back. Errors: kConflict if not frozen.
    Result<PreparedChange> prepareThaw(const Authority& authority,
                                       std::optional<AccountId> actor,
                                       Deadline deadline) const;

    static Status write(storage::Transaction& transaction, const PreparedChange& change);

    /// find(), prepareFreeze() and write(). Errors: kNotFound, kConflict.
    Status freeze(const MailAddress& address,
                  std::optional<AccountId> actor,
                  Deadline deadline) const;

    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

  private:
    struct Dummies;

    Directory(Parts parts, std::unique_ptr<const Dummies> dummies);

    /// `row`, or the dummy in its place when there is none or it cannot be checked.
    Result<mint::Request> checkRequest(const std::optional<seal::UnverifiedRow>& row,
                                       const seal::UnverifiedRow& dummy,
                                       MailboxRows& rows) const;
    Error denied(const seal::Table& table, ByteView key) const;
    Result<std::optional<Found>> believe(MailboxRows rows, Deadline deadline) const;
    Result<PreparedChange> prepareChange(const Authority& authority,
                                         storage::Row next,
                                         const audit::Event& event,
                                         std::optional<NoticeKind> notice,
                                         Deadline deadline) const;

    Parts parts_;
    std::unique_ptr<const Dummies> dummies_;
};

}  // namespace sallyport::account
