#include "account/authority.h"

#include "account/tables.h"
#include "audit/freshness.h"
#include "base/canonical.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::account {
namespace {

constexpr std::string_view kPersonName = "person";

constexpr std::string_view kColumns =
    "SELECT account_id, status, roles, epoch, person_id, addresses_digest, credentials_digest,"
    " version, seal_gen, seal FROM authorities";

constexpr std::array<std::pair<AccountStatus, std::string_view>, 4> kStatusNames = {{
    {AccountStatus::kBootstrap, "bootstrap"},
    {AccountStatus::kActive, "active"},
    {AccountStatus::kUnconfirmed, "unconfirmed"},
    {AccountStatus::kFrozen, "frozen"},
}};

Error unreadable(std::string_view column) {
    return fail(ErrorCode::kIntegrity,
                "an authority record whose " + std::string(column) + " says nothing");
}

}  // namespace

std::string_view name(Kind kind) {
    switch (kind) {
        case Kind::kPerson:
            return kPersonName;
    }
    return {};
}

std::optional<Kind> kindFromName(std::string_view name) {
    if (name == kPersonName) return Kind::kPerson;
    return std::nullopt;
}

std::string_view name(AccountStatus status) {
    const auto* found = std::find_if(kStatusNames.begin(),
                                     kStatusNames.end(),
                                     [status](const auto& entry) { return entry.first == status; });
    return found == kStatusNames.end() ? std::string_view() : found->second;
}

std::optional<AccountStatus> accountStatusFromName(std::string_view name) {
    const auto* found = std::find_if(kStatusNames.begin(),
                                     kStatusNames.end(),
                                     [name](const auto& entry) { return entry.second == name; });
    if (found == kStatusNames.end()) return std::nullopt;
    return found->first;
}

bool isRole(std::string_view word) {
    constexpr std::size_t kMost = 32;
    if (word.empty() || word.size() > kMost || word.front() < 'a' || word.front() > 'z')
        return false;
    return std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::string rolesText(const std::set<std::string>& roles) {
    std::string text;
    for (const std::string& role : roles) {
        if (!text.empty()) text += ' ';
        text += role;
    }
    return text;
}

std::optional<std::set<std::string>> rolesFromText(std::string_view text) {
    std::set<std::string> roles;
    if (text.empty()) return roles;
    while (true) {
        const auto space = text.find(' ');
        const std::string_view role = text.substr(0, space);
        // Sorted and each once, so that a set has one spelling.
        if (!isRole(role) || (!roles.empty() && role <= *roles.rbegin())) return std::nullopt;
        roles.emplace_hint(roles.end(), role);
        if (space == std::string_view::npos) return roles;
        text.remove_prefix(space + 1);
    }
}

Result<Authority> authorityFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &authoritiesTable())
        return fail(ErrorCode::kInternal, "not a row of the authorities table");
    const storage::Row& values = row.row();
    SALLYPORT_TRY(const auto account, values.id<AccountId>("account_id"));
    SALLYPORT_TRY(const std::string status_name, values.text("status"));
    const auto status = accountStatusFromName(status_name);
    if (!status.has_value()) return unreadable("status");
    SALLYPORT_TRY(const std::string roles_text, values.text("roles"));
    auto roles = rolesFromText(roles_text);
    if (!roles.has_value()) return unreadable("roles");
    SALLYPORT_TRY(const std::int64_t epoch, values.integer("epoch"));
    if (epoch < 0) return unreadable("epoch");
    SALLYPORT_TRY(const auto person, values.optionalId<PersonId>("person_id"));
    SALLYPORT_TRY(const Digest addresses, values.digest("addresses_digest"));
    SALLYPORT_TRY(const Digest credentials, values.digest("credentials_digest"));
    SALLYPORT_CHECK(
        audit::isCurrent(authoritiesTable().name, copyBytes(account.bytes), row.version()));
    return Authority{account,
                     *status,
                     std::move(*roles),
                     static_cast<std::uint64_t>(epoch),
                     person,
                     addresses,
                     credentials,
                     row};
}

Result<std::optional<seal::UnverifiedRow>> readAuthority(storage::Transaction& transaction,
                                                         const AccountId& account) {
    SALLYPORT_TRY(auto row,
                  transaction.first(std::string(kColumns) + " WHERE account_id = $1", {account}));
    if (!row.has_value()) return std::optional<seal::UnverifiedRow>();
    return std::optional<seal::UnverifiedRow>({&authoritiesTable(), std::move(*row)});
}

Result<std::vector<seal::UnverifiedRow>> readAuthorities(storage::Transaction& transaction,
                                                         std::string_view role) {
    if (!isRole(role)) return fail(ErrorCode::kInternal, "no role has such a name");
    SALLYPORT_TRY(auto rows,
                  transaction.query(std::string(kColumns) +
                                        " WHERE ' ' || roles || ' ' LIKE $1 ORDER BY account_id",
                                    {"% " + std::string(role) + " %"}));
    std::vector<seal::UnverifiedRow> unverified;
    for (storage::Row& row : rows) unverified.push_back({&authoritiesTable(), std::move(row)});
    return unverified;
}

Digest addressesDigest(std::vector<AddressVersion> live) {
    std::sort(live.begin(), live.end());
    Canonical canonical("sallyport/addresses-digest/v1");
    for (const AddressVersion& address : live) canonical.add(address.id.bytes).add(address.version);
    return sha256(canonical.finish());
}

Digest noCredentialsDigest() {
    return sha256(Canonical("sallyport/credentials-digest/v1").finish());
}

}  // namespace sallyport::account
