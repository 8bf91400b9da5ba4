#include "account/accounts.h"
#include "account/tables.h"

#include <algorithm>

/// How accounts come to be and change: device work first, then one transaction.
namespace sallyport::account {
namespace {

constexpr std::uint64_t kFirstVersion = 1;

storage::Row accountRow(const AccountId& id, Kind kind, const FixedBytes<32>& part, Time now) {
    storage::Row row;
    row.set("id", id);
    row.set("kind", name(kind));
    row.set("pii_part", part);
    row.set("created_at", now);
    return row;
}

storage::Row addressRow(const AddressId& id,
                        const AccountId& account,
                        const mint::LookupAnswer& index,
                        const mint::EncryptedPii& encrypted,
                        Time now) {
    storage::Row row;
    row.set("id", id);
    row.set("account_id", account);
    row.set("lookup_gen", std::int64_t{index.generation});
    row.set("lookup", index.value);
    row.set("cipher_gen", std::int64_t{encrypted.generation});
    row.set("cipher", encrypted.ciphertext);
    row.set("created_at", now);
    return row;
}

storage::Row authorityRow(const AccountId& account,
                          AccountStatus status,
                          const std::set<std::string>& roles,
                          const AddressId& address) {
    storage::Row row;
    row.set("account_id", account);
    row.set("status", name(status));
    row.set("roles", rolesText(roles));
    row.set("epoch", std::int64_t{1});
    row.set("person_id", nullptr);
    row.set("addresses_digest", addressesDigest({{address, kFirstVersion}}));
    row.set("credentials_digest", noCredentialsDigest());
    return row;
}

}  // namespace

Result<Directory::PreparedAccount> Directory::prepare(const NewAccount& account,
                                                      Deadline deadline) const {
    if (!std::all_of(account.roles.begin(), account.roles.end(), isRole))
        return fail(ErrorCode::kInvalidRequest, "a role is a short word of lower-case letters");
    const auto id = AccountId::random(parts_.random);
    const auto address = AddressId::random(parts_.random);
    const auto part = parts_.random.bytes<32>();
    const Time now = parts_.clock.now();

    std::vector<mint::Request> requests;
    requests.push_back(lookupRequest(account.address));
    requests.emplace_back(mint::EncryptPii{mint::PiiUse::kAddress,
                                           id.bytes,
                                           Secret(ByteView(part)),
                                           account.address.text().duplicate()});
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));
    SALLYPORT_TRY(const auto index, mint::take<mint::LookupAnswer>(answers, 0));
    SALLYPORT_TRY(const auto encrypted, mint::take<mint::EncryptedPii>(answers, 1));

    std::vector<seal::Sealer::Next> rows;
    rows.push_back({&accountsTable(), nullptr, accountRow(id, account.kind, part, now)});
    rows.push_back({&addressesTable(), nullptr, addressRow(address, id, index, encrypted, now)});
    rows.push_back(
        {&authoritiesTable(), nullptr, authorityRow(id, account.status, account.roles, address)});
    SALLYPORT_TRY(auto sealed, parts_.sealer.sealAll(std::move(rows), deadline));
    SALLYPORT_TRY(auto event,
                  parts_.events.prepare({"account.created",
                                         "ok",
                                         account.actor,
                                         id,
                                         {{"kind", name(account.kind)},
                                          {"roles", rolesText(account.roles)},
                                          {"status", name(account.status)}},
                                         {}}));
    return PreparedAccount{id,
                           address,
                           std::move(sealed[0]),
                           std::move(sealed[1]),
                           std::move(sealed[2]),
                           std::move(event)};
}

Status Directory::insert(storage::Transaction& transaction, const PreparedAccount& account) {
    SALLYPORT_CHECK(seal::Sealer::insert(transaction, account.account_row));
    SALLYPORT_CHECK(seal::Sealer::insert(transaction, account.address_row));
    SALLYPORT_CHECK(seal::Sealer::insert(transaction, account.authority_row));
    return audit::append(transaction, account.event);
}

Result<AccountId> Directory::create(const NewAccount& account, Deadline deadline) const {
    SALLYPORT_TRY(const auto prepared, prepare(account, deadline));
    SALLYPORT_CHECK(parts_.database.write(deadline, [&prepared](storage::Transaction& transaction) {
        return insert(transaction, prepared);
    }));
    return prepared.account;
}

Result<Directory::PreparedChange> Directory::prepareChange(const Authority& authority,
                                                           storage::Row next,
                                                           const audit::Event& event,
                                                           std::optional<NoticeKind> notice,
                                                           Deadline deadline) const {
    std::vector<seal::Sealer::Next> rows;
    rows.push_back({&authority.row.table(), &authority.row, std::move(next)});
    if (notice.has_value()) rows.push_back(parts_.notices.draft(*notice, authority.account, ""));
    SALLYPORT_TRY(auto sealed, parts_.sealer.sealAll(std::move(rows), deadline));
    SALLYPORT_TRY(auto prepared, parts_.events.prepare(event));
    PreparedChange change{authority.row, std::move(sealed[0]), std::move(prepared), std::nullopt};
    if (notice.has_value()) {
        SALLYPORT_TRY(change.notice, parts_.notices.prepare(std::move(sealed[1])));
    }
    return change;
}

Result<Directory::PreparedChange> Directory::prepareActivation(const Authority& authority,
                                                               Deadline deadline) const {
    if (authority.status != AccountStatus::kUnconfirmed)
        return fail(ErrorCode::kConflict, "only an unconfirmed account is activated");
    storage::Row next = authority.row.row();
    next.set("status", name(AccountStatus::kActive));
    return prepareChange(authority,
                         std::move(next),
                         {"account.activated", "ok", authority.account, authority.account, {}, {}},
                         std::nullopt,
                         deadline);
}

Result<Directory::PreparedChange> Directory::prepareFreeze(const Authority& authority,
                                                           std::optional<AccountId> actor,
                                                           Deadline deadline) const {
    if (authority.status == AccountStatus::kFrozen)
        return fail(ErrorCode::kConflict, "the account is frozen already");
    storage::Row next = authority.row.row();
    next.set("status", name(AccountStatus::kFrozen));
    next.set("epoch", static_cast<std::int64_t>(authority.epoch + 1));
    return prepareChange(authority,
                         std::move(next),
                         {"account.frozen",
                          "ok",
                          actor,
                          authority.account,
                          {{"epoch", static_cast<std::int64_t>(authority.epoch + 1)}},
                          {}},
                         NoticeKind::kAccountFrozen,
                         deadline);
}

Result<Directory::PreparedChange> Directory::prepareThaw(const Authority& authority,
                                                         std::optional<AccountId> actor,
                                                         Deadline deadline) const {
    if (authority.status != AccountStatus::kFrozen)
        return fail(ErrorCode::kConflict, "the account is not frozen");
    storage::Row next = authority.row.row();
    next.set("status", name(AccountStatus::kActive));
    return prepareChange(authority,
                         std::move(next),
                         {"account.thawed", "ok", actor, authority.account, {}, {}},
                         NoticeKind::kAccountThawed,
                         deadline);
}

Status Directory::write(storage::Transaction& transaction, const PreparedChange& change) {
    SALLYPORT_CHECK(seal::Sealer::replace(transaction, change.old, change.next));
    if (change.notice.has_value()) SALLYPORT_CHECK(Notices::write(transaction, *change.notice));
    return audit::append(transaction, change.event);
}

Status Directory::freeze(const MailAddress& address,
                         std::optional<AccountId> actor,
                         Deadline deadline) const {
    SALLYPORT_TRY(const auto found, find(address, deadline));
    if (!found.has_value()) return fail(ErrorCode::kNotFound, "no account has this address");
    SALLYPORT_TRY(const auto change, prepareFreeze(found->authority, actor, deadline));
    return parts_.database.write(deadline, [&change](storage::Transaction& transaction) {
        return write(transaction, change);
    });
}

}  // namespace sallyport::account
