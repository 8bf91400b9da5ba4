#pragma once

#include "mint/mint.h"
#include "seal/table.h"

#include <functional>

/// Sealed rows: every row that a decision reads and no token binds carries version and seal
/// (`protocols.md` 8).
namespace sallyport::seal {

/// A row whose seal the mint found right. Only verify() and accept() make one.
class VerifiedRow {
  public:
    const Table& table() const { return *table_; }

    const storage::Row& row() const { return row_; }

    std::uint64_t version() const { return version_; }

  private:
    friend class Sealer;

    VerifiedRow(const Table& table, storage::Row row, std::uint64_t version, mint::Seal row_seal)
        : table_(&table), row_(std::move(row)), version_(version), seal_(row_seal) {}

    const Table* table_;
    storage::Row row_;
    std::uint64_t version_;
    mint::Seal seal_;
};

/// Sealed in memory, not yet written.
class SealedRow {
  public:
    const Table& table() const { return *table_; }

    const storage::Row& row() const { return row_; }

  private:
    friend class Sealer;

    SealedRow(const Table& table, storage::Row row) : table_(&table), row_(std::move(row)) {}

    const Table* table_;
    storage::Row row_;
};

/// A row and its table, as read.
struct UnverifiedRow {
    const Table* table;
    storage::Row row;
};

/// Called once for each row whose seal does not hold, outside any transaction; `key` is empty for a
/// row without a readable key. `audit/incidents` implements it.
using IntegrityReport = std::function<void(std::string_view table, const Bytes& key)>;

/// All device work comes before the transaction: verify and seal ask the mint, insert and replace
/// are SQL only.
class Sealer {
  public:
    Sealer(mint::Mint& mint, IntegrityReport report) : mint_(mint), report_(std::move(report)) {}

    /// Verifies rows in one batch; a bad or missing seal answers kIntegrity and reports each bad
    /// row.
    Result<std::vector<VerifiedRow>> verify(std::vector<UnverifiedRow> rows, Deadline deadline);

    /// For a caller that puts the checks into a larger batch of its own: the request, and the proof
    /// from its answer.
    Result<mint::Request> checkRequest(const UnverifiedRow& row) const;
    Result<VerifiedRow> accept(UnverifiedRow row, const mint::Answer& answer);

    /// Seals a new row (version 1) or the successor of a verified one (version + 1, the same key);
    /// `row` holds every column but those of the seal. Errors: kInternal for a row that does not
    /// fit its table; those of the mint.
    Result<SealedRow> seal(const Table& table, storage::Row row, Deadline deadline);
    Result<SealedRow> sealNext(const VerifiedRow& old, storage::Row row, Deadline deadline);

    /// Several at once, one batch. `old` is null for a new row.
    struct Next {
        const Table* table;
        const VerifiedRow* old;
        storage::Row row;
    };

    Result<std::vector<SealedRow>> sealAll(std::vector<Next> rows, Deadline deadline);

    /// Errors: kConflict if the key exists.
    static Status insert(storage::Transaction& transaction, const SealedRow& row);

    /// `UPDATE … WHERE key AND version AND seal = old.seal`. Errors: kConflict if the row is no
    /// longer `old`.
    static Status replace(storage::Transaction& transaction,
                          const VerifiedRow& old,
                          const SealedRow& next);

    /// Is the verified row still the stored one? For a decision whose device work came before its
    /// transaction: it rests on the verified values, whatever an editor writes beside their seal.
    /// Errors: kConflict if it was replaced or deleted since.
    static Status isUnchanged(storage::Transaction& transaction, const VerifiedRow& row);

  private:
    static Result<mint::Request> sealRequest(const Next& next);
    void report(const UnverifiedRow& row) const;

    mint::Mint& mint_;
    IntegrityReport report_;
};

}  // namespace sallyport::seal
