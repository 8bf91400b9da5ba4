#pragma once

#include "base/ids.h"
#include "seal/sealed_row.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::account {

enum class Kind { kPerson };

/// `person`.
std::string_view name(Kind kind);
std::optional<Kind> kindFromName(std::string_view name);

enum class AccountStatus {
    kBootstrap,    ///< made on the host before the first security keys exist
    kActive,       ///< may sign in
    kUnconfirmed,  ///< made for an unknown address; the first redeemed link makes it active
    kFrozen,       ///< nobody signs in
};

/// `bootstrap`, `active`, `unconfirmed`, `frozen`.
std::string_view name(AccountStatus status);
std::optional<AccountStatus> accountStatusFromName(std::string_view name);

/// Who proposes and approves the changes of this installation. What further roles mean is said by
/// the policies that name them.
inline constexpr std::string_view kOperatorRole = "operator";

/// `[a-z][a-z0-9-]{0,31}`.
bool isRole(std::string_view word);

/// Sorted and joined by a space, as stored.
std::string rolesText(const std::set<std::string>& roles);
/// Empty for any other spelling.
std::optional<std::set<std::string>> rolesFromText(std::string_view text);

/// What an account may do now: the sealed authority record (`protocols.md` 8). Made from a verified
/// row only.
struct Authority {
    AccountId account;
    AccountStatus status;
    std::set<std::string> roles;
    std::uint64_t epoch;  ///< a session of another epoch is dead
    std::optional<PersonId> person;
    Digest addresses_digest;
    Digest credentials_digest;
    seal::VerifiedRow row;

    bool maySignIn() const { return status != AccountStatus::kFrozen; }
};

/// Reads a verified row of the authorities table and asks audit::isCurrent. Errors: kIntegrity.
Result<Authority> authorityFrom(const seal::VerifiedRow& row);

/// The row of an account, to be verified by the caller. Empty if there is none.
Result<std::optional<seal::UnverifiedRow>> readAuthority(storage::Transaction& transaction,
                                                         const AccountId& account);

/// The rows of every account with a role, to be verified by the caller.
Result<std::vector<seal::UnverifiedRow>> readAuthorities(storage::Transaction& transaction,
                                                         std::string_view role);

/// A live address as the authority record names it.
struct AddressVersion {
    AddressId id;
    std::uint64_t version;

    friend auto operator<=>(const AddressVersion&, const AddressVersion&) = default;
};

/// SHA-256 over enc of the sorted list.
Digest addressesDigest(std::vector<AddressVersion> live);

/// Of an account without security keys.
Digest noCredentialsDigest();

}  // namespace sallyport::account
