#include "account/accounts.h"

#include "account/rows.h"
#include "account/tables.h"

#include <algorithm>

namespace sallyport::account {
namespace {

using seal::UnverifiedRow;

/// Authority record and list of live addresses of the account that an address row names.
/// Without an address row the same statements run and find nothing.
Status readAccountOf(storage::Transaction& transaction, MailboxRows& rows) {
    AccountId account;
    if (rows.address.has_value()) {
        SALLYPORT_TRY(account, rows.address->row.id<AccountId>("account_id"));
    }
    SALLYPORT_TRY(rows.authority, readAuthority(transaction, account));
    SALLYPORT_TRY(
        const auto live,
        transaction.query("SELECT id, version FROM addresses WHERE account_id = $1", {account}));
    for (const storage::Row& row : live) {
        SALLYPORT_TRY(const auto id, row.id<AddressId>("id"));
        SALLYPORT_TRY(const std::int64_t version, row.integer("version"));
        rows.live.push_back({id, static_cast<std::uint64_t>(version)});
    }
    return {};
}

/// A row that was not written by us is no error of the reading: it denies when it is believed,
/// after the same device work as any other.
Result<MailboxRows> readMailbox(storage::Transaction& transaction,
                                std::string_view where,
                                const std::vector<storage::Value>& values) {
    MailboxRows rows;
    SALLYPORT_TRY(rows.address, readRow(transaction, addressesTable(), where, values));
    const auto read = readAccountOf(transaction, rows);
    if (!read && read.error().code != ErrorCode::kIntegrity) return read.error();
    return rows;
}

Result<mint::Request> decryptRequest(const storage::Row& address, const storage::Row& account) {
    SALLYPORT_TRY(const auto owner, account.id<AccountId>("id"));
    SALLYPORT_TRY(const auto addressed, address.id<AccountId>("account_id"));
    if (owner != addressed) return fail(ErrorCode::kInternal, "the address row of another account");
    SALLYPORT_TRY(const storage::Value erasable, account.value("pii_part"));
    if (erasable.isNull()) return fail(ErrorCode::kGone, "the account's personal data were erased");
    SALLYPORT_TRY(const Bytes part, account.bytes("pii_part"));
    SALLYPORT_TRY(const std::int64_t generation, address.integer("cipher_gen"));
    SALLYPORT_TRY(Bytes cipher, address.bytes("cipher"));
    return mint::Request(mint::DecryptPii{mint::PiiUse::kAddress,
                                          owner.bytes,
                                          Secret(part),
                                          static_cast<mint::Generation>(generation),
                                          std::move(cipher)});
}

}  // namespace

/// Rows of no account, sealed by this ring: what a mailbox that nobody has is checked against.
struct Directory::Dummies {
    UnverifiedRow account;
    UnverifiedRow address;
    UnverifiedRow authority;
};

Directory::Directory(Parts parts, std::unique_ptr<const Dummies> dummies)
    : parts_(std::move(parts)), dummies_(std::move(dummies)) {}

Directory::~Directory() = default;

Result<std::unique_ptr<Directory>> Directory::open(Parts parts, Deadline deadline) {
    std::unique_ptr<Directory> directory(new Directory(std::move(parts), nullptr));
    // Never written, so nobody finds it; as long as an ordinary mailbox, so it costs the same.
    SALLYPORT_TRY(auto mailbox, MailAddress::parse("nobody.at.all@sallyport.invalid"));
    SALLYPORT_TRY(auto prepared,
                  directory->prepare({Kind::kPerson,
                                      std::move(mailbox),
                                      AccountStatus::kFrozen,
                                      std::set<std::string>(),
                                      std::nullopt},
                                     deadline));
    directory->dummies_ = std::make_unique<const Dummies>(
        Dummies{{&accountsTable(), prepared.account_row.row()},
                {&addressesTable(), prepared.address_row.row()},
                {&authoritiesTable(), prepared.authority_row.row()}});
    return directory;
}

mint::Request Directory::lookupRequest(const MailAddress& address) {
    return mint::Lookup{mint::LookupUse::kAccountIndex, address.text().duplicate(), std::nullopt};
}

Result<MailboxRows> Directory::readRows(storage::Transaction& transaction,
                                        const mint::LookupAnswer& index) {
    return readMailbox(transaction,
                       "lookup_gen = $1 AND lookup = $2",
                       {std::int64_t{index.generation}, index.value});
}

Result<MailboxRows> Directory::readRows(storage::Transaction& transaction,
                                        const AccountId& account,
                                        const AddressId& address) {
    // By its id alone: an address row that was moved to another account is damaged, not absent.
    SALLYPORT_TRY(MailboxRows rows, readMailbox(transaction, "id = $1", {address}));
    rows.expected = account;
    return rows;
}

Result<mint::Request> Directory::checkRequest(const std::optional<UnverifiedRow>& row,
                                              const UnverifiedRow& dummy,
                                              MailboxRows& rows) const {
    if (row.has_value()) {
        auto request = parts_.sealer.checkRequest(*row);
        if (request || request.error().code != ErrorCode::kIntegrity) return request;
        rows.unreadable = true;
    }
    return parts_.sealer.checkRequest(dummy);
}

Result<std::vector<mint::Request>> Directory::checkRequests(MailboxRows& rows) const {
    std::vector<mint::Request> requests;
    SALLYPORT_TRY(mint::Request address, checkRequest(rows.address, dummies_->address, rows));
    SALLYPORT_TRY(mint::Request authority, checkRequest(rows.authority, dummies_->authority, rows));
    requests.push_back(std::move(address));
    requests.push_back(std::move(authority));
    return requests;
}

Error Directory::denied(const seal::Table& table, ByteView key) const {
    parts_.report(table.name, copyBytes(key));
    return fail(ErrorCode::kIntegrity,
                "a row of " + std::string(table.name) + " is missing or not the one that is named");
}

Result<std::optional<Found>> Directory::accept(MailboxRows rows,
                                               std::span<const mint::Answer> answers) const {
    if (answers.size() != kChecks)
        return fail(ErrorCode::kInternal, "other answers than those that were asked for");
    if (!rows.address.has_value()) return std::optional<Found>();
    if (rows.unreadable) return fail(ErrorCode::kIntegrity, "a row that nobody can check");
    SALLYPORT_TRY(const seal::VerifiedRow address,
                  parts_.sealer.accept(std::move(*rows.address), answers[0]));
    SALLYPORT_TRY(const auto id, address.row().id<AddressId>("id"));
    SALLYPORT_TRY(const auto account, address.row().id<AccountId>("account_id"));
    if (rows.expected.value_or(account) != account) return denied(addressesTable(), id.bytes);
    if (!rows.authority.has_value()) return denied(authoritiesTable(), account.bytes);
    SALLYPORT_TRY(const seal::VerifiedRow authority_row,
                  parts_.sealer.accept(std::move(*rows.authority), answers[1]));
    SALLYPORT_TRY(Authority authority, authorityFrom(authority_row));
    // An older address row, or one too many, has a right seal too; only the record says who is
    // live.
    const bool live =
        std::find(rows.live.begin(), rows.live.end(), AddressVersion{id, address.version()}) !=
        rows.live.end();
    if (!live || addressesDigest(rows.live) != authority.addresses_digest)
        return denied(addressesTable(), id.bytes);
    return std::optional<Found>(Found{std::move(authority), id, address});
}

Result<std::optional<Found>> Directory::believe(MailboxRows rows, Deadline deadline) const {
    SALLYPORT_TRY(auto requests, checkRequests(rows));
    SALLYPORT_TRY(const auto answers, parts_.mint.perform(std::move(requests), deadline));
    return accept(std::move(rows), answers);
}

Result<std::optional<Found>> Directory::find(const MailAddress& address, Deadline deadline) const {
    SALLYPORT_TRY(const auto index,
                  mint::ask<mint::LookupAnswer>(parts_.mint, lookupRequest(address), deadline));
    SALLYPORT_TRY(auto rows,
                  parts_.database.read(deadline, [&index](storage::Transaction& transaction) {
                      return readRows(transaction, index);
                  }));
    return believe(std::move(rows), deadline);
}

Result<std::optional<Found>> Directory::find(const AccountId& account,
                                             const AddressId& address,
                                             Deadline deadline) const {
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readRows(transaction, account, address);
    }));
    return believe(std::move(rows), deadline);
}

Result<std::optional<Found>> Directory::findAny(const AccountId& account, Deadline deadline) const {
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readMailbox(
            transaction, "account_id = $1 ORDER BY created_at, id LIMIT 1", {account});
    }));
    return believe(std::move(rows), deadline);
}

Result<Authority> Directory::authorityOf(const AccountId& account, Deadline deadline) const {
    SALLYPORT_TRY(auto row, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readAuthority(transaction, account);
    }));
    if (!row.has_value()) return denied(authoritiesTable(), account.bytes);
    std::vector<UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    return authorityFrom(verified.front());
}

Result<std::vector<Authority>> Directory::withRole(std::string_view role, Deadline deadline) const {
    SALLYPORT_TRY(auto rows, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readAuthorities(transaction, role);
    }));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    std::vector<Authority> holders;
    for (const seal::VerifiedRow& row : verified) {
        SALLYPORT_TRY(Authority authority, authorityFrom(row));
        if (authority.maySignIn()) holders.push_back(std::move(authority));
    }
    return holders;
}

Result<Secret> Directory::decryptAddress(const Found& found, Deadline deadline) const {
    const AccountId account = found.authority.account;
    SALLYPORT_TRY(auto row, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readRow(transaction, accountsTable(), "id = $1", {account});
    }));
    if (!row.has_value()) return denied(accountsTable(), account.bytes);
    std::vector<UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    return decryptAddress(found.address_row, verified.front(), deadline);
}

Result<Secret> Directory::decryptAddress(const seal::VerifiedRow& address,
                                         const seal::VerifiedRow& account,
                                         Deadline deadline) const {
    SALLYPORT_TRY(auto request, decryptRequest(address.row(), account.row()));
    SALLYPORT_TRY(auto decrypted,
                  mint::ask<mint::DecryptedPii>(parts_.mint, std::move(request), deadline));
    if (!decrypted.plaintext.has_value())
        return fail(ErrorCode::kIntegrity, "a sealed address that the mint cannot read");
    return std::move(*decrypted.plaintext);
}

Status Directory::spendOnDummy(Deadline deadline) const {
    // The same batches as find() and decryptAddress() on a row that is there.
    SALLYPORT_TRY(const auto owner, dummies_->account.row.id<AccountId>("id"));
    SALLYPORT_TRY(const auto id, dummies_->address.row.id<AddressId>("id"));
    SALLYPORT_CHECK(find(owner, id, deadline));
    SALLYPORT_CHECK(parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readRow(transaction, accountsTable(), "id = $1", {owner});
    }));
    SALLYPORT_CHECK(parts_.sealer.verify({dummies_->account}, deadline));
    SALLYPORT_TRY(auto request, decryptRequest(dummies_->address.row, dummies_->account.row));
    SALLYPORT_CHECK(mint::ask<mint::DecryptedPii>(parts_.mint, std::move(request), deadline));
    return {};
}

}  // namespace sallyport::account
