#include "account/installation.h"

#include "account/rows.h"
#include "account/tables.h"

namespace sallyport::account {
namespace {

constexpr std::int64_t kOnlyRow = 1;
constexpr std::string_view kOpen = "open";
constexpr std::string_view kClosed = "closed";

Result<std::optional<seal::UnverifiedRow>> read(storage::Transaction& transaction) {
    return readRow(transaction, installationTable(), "id = $1", {kOnlyRow});
}

Result<Installation> whileBootstrapIsOpen(storage::Database& database,
                                          seal::Sealer& sealer,
                                          Deadline deadline) {
    SALLYPORT_TRY(auto installation, readInstallation(database, sealer, deadline));
    if (installation.bootstrap_open) return installation;
    return fail(ErrorCode::kForbidden,
                "bootstrap is closed: accounts are added and frozen by an approved action now, "
                "not on the host");
}

}  // namespace

Result<seal::SealedRow> sealInstallation(seal::Sealer& sealer,
                                         std::string_view ring,
                                         std::string_view profile,
                                         Time now,
                                         Deadline deadline) {
    storage::Row row;
    row.set("id", kOnlyRow);
    row.set("ring", ring);
    row.set("profile", profile);
    row.set("bootstrap", kOpen);
    row.set("created_at", now);
    return sealer.seal(installationTable(), std::move(row), deadline);
}

Result<Installation> readInstallation(storage::Database& database,
                                      seal::Sealer& sealer,
                                      Deadline deadline) {
    SALLYPORT_TRY(auto row, database.read(deadline, read));
    if (!row.has_value())
        return fail(ErrorCode::kNotFound, "the database is not initialized: run sallyportd init");
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(const auto verified, sealer.verify(std::move(rows), deadline));
    const storage::Row& values = verified.front().row();
    SALLYPORT_TRY(std::string ring, values.text("ring"));
    SALLYPORT_TRY(std::string profile, values.text("profile"));
    SALLYPORT_TRY(const std::string bootstrap, values.text("bootstrap"));
    if (bootstrap != kOpen && bootstrap != kClosed)
        return fail(ErrorCode::kIntegrity, "an installation row whose bootstrap says nothing");
    return Installation{std::move(ring), std::move(profile), bootstrap == kOpen, verified.front()};
}

Result<Directory::PreparedChange> prepareBootstrapClose(const Installation& installation,
                                                        seal::Sealer& sealer,
                                                        const audit::EventLog& events,
                                                        std::optional<AccountId> actor,
                                                        Deadline deadline) {
    if (!installation.bootstrap_open) return fail(ErrorCode::kConflict, "bootstrap is closed");
    storage::Row next = installation.row.row();
    next.set("bootstrap", kClosed);
    SALLYPORT_TRY(auto sealed, sealer.sealNext(installation.row, std::move(next), deadline));
    SALLYPORT_TRY(auto event,
                  events.prepare({"bootstrap.closed",
                                  "ok",
                                  actor,
                                  std::nullopt,
                                  {{"profile", installation.profile}},
                                  {}}));
    return Directory::PreparedChange{
        installation.row, std::move(sealed), std::move(event), std::nullopt};
}

Status isUnchanged(storage::Transaction& transaction, const Installation& installation) {
    return seal::Sealer::isUnchanged(transaction, installation.row);
}

Result<AccountId> HostAdministration::add(const MailAddress& address,
                                          std::set<std::string> roles,
                                          Deadline deadline) {
    SALLYPORT_TRY(const auto installation, whileBootstrapIsOpen(database_, sealer_, deadline));
    SALLYPORT_TRY(const auto prepared,
                  directory_.prepare({Kind::kPerson,
                                      address.duplicate(),
                                      AccountStatus::kBootstrap,
                                      std::move(roles),
                                      std::nullopt},
                                     deadline));
    const auto body = [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(isUnchanged(transaction, installation));
        return Directory::insert(transaction, prepared);
    };
    SALLYPORT_CHECK(database_.write(deadline, body));
    return prepared.account;
}

Status HostAdministration::write(const std::function<Status(storage::Transaction&)>& body,
                                 Deadline deadline) {
    SALLYPORT_TRY(const auto installation, whileBootstrapIsOpen(database_, sealer_, deadline));
    return database_.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(isUnchanged(transaction, installation));
        return body(transaction);
    });
}

Status HostAdministration::freeze(const MailAddress& address, Deadline deadline) {
    SALLYPORT_TRY(const auto installation, whileBootstrapIsOpen(database_, sealer_, deadline));
    SALLYPORT_TRY(const auto found, directory_.find(address, deadline));
    if (!found.has_value()) return fail(ErrorCode::kNotFound, "no account has this address");
    SALLYPORT_TRY(const auto change,
                  directory_.prepareFreeze(found->authority, std::nullopt, deadline));
    return database_.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(isUnchanged(transaction, installation));
        return Directory::write(transaction, change);
    });
}

}  // namespace sallyport::account
