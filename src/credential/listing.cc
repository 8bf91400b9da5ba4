#include "base/canonical.h"
#include "credential/sign_in.h"
#include "credential/tables.h"

#include <algorithm>

/// The list of credentials for a mailbox: four entries and the same work whoever is behind it, or
/// nobody.
namespace sallyport::credential {
namespace {

constexpr std::size_t kListed = 4;
constexpr std::size_t kShortId = 48;

/// Everything that fills the list up comes from one MAC of the device over the mailbox: stable, and
/// nobody else can make it.
Digest derived(std::string_view domain, const Digest& seed, std::size_t slot) {
    return sha256(Canonical(domain).add(seed).add(std::uint64_t{slot}).finish());
}

Bytes dummyId(const Digest& seed, std::size_t slot) {
    const Digest head = derived("sallyport/sign-in-dummy-head/v1", seed, slot);
    const Digest tail = derived("sallyport/sign-in-dummy-tail/v1", seed, slot);
    Bytes id(head.begin(), head.end());
    id.insert(id.end(), tail.begin(), tail.end());
    const bool is_short =
        (derived("sallyport/sign-in-dummy-size/v1", seed, slot).front() & 1U) != 0;
    if (is_short) id.resize(kShortId);
    return id;
}

/// `real` and dummies, four in all, in an order that nobody can tell anything from.
std::vector<Bytes> filledUp(const std::vector<Bytes>& real, const Digest& seed) {
    std::vector<std::pair<Digest, Bytes>> slots;
    for (std::size_t slot = 0; slot < kListed; ++slot) {
        slots.emplace_back(derived("sallyport/sign-in-order/v1", seed, slot),
                           slot < real.size() ? real[slot] : dummyId(seed, slot));
    }
    std::sort(slots.begin(), slots.end());
    std::vector<Bytes> ids;
    for (auto& slot : slots) ids.push_back(std::move(slot.second));
    return ids;
}

/// Whether a key may be asked to answer, as far as its row says.
bool mayAnswer(const storage::Row& row) {
    const auto text = row.text("status");
    const auto status = text ? credentialStatusFromName(*text) : std::nullopt;
    return status == CredentialStatus::kActive || status == CredentialStatus::kSuspended;
}

Result<CredentialMark> markOf(const storage::Row& row) {
    SALLYPORT_TRY(const auto id, row.id<CredentialId>("id"));
    SALLYPORT_TRY(const Bytes public_key, row.bytes("public_key"));
    SALLYPORT_TRY(const std::string text, row.text("status"));
    const auto status = credentialStatusFromName(text);
    if (!status.has_value()) return fail(ErrorCode::kIntegrity, "a credential without a status");
    return CredentialMark{id, sha256(public_key), *status};
}

/// Of every live row, listed or not; empty if one cannot be read.
std::optional<Digest> digestOf(const KeyRows& keys) {
    std::vector<CredentialMark> marks;
    for (const seal::UnverifiedRow& row : keys.live) {
        auto mark = markOf(row.row);
        if (!mark) return std::nullopt;
        marks.push_back(*mark);
    }
    return credentialsDigest(std::move(marks));
}

}  // namespace

/// What one snapshot says about a mailbox and the keys behind it.
struct SignIn::Mailbox {
    account::MailboxRows rows;
    KeyRows keys;
    std::vector<seal::UnverifiedRow> listed;  ///< at most four of the keys
    bool unreadable = false;
};

Result<std::vector<mint::Request>> SignIn::checksOf(Mailbox& mailbox) const {
    SALLYPORT_TRY(auto requests, parts_.directory.checkRequests(mailbox.rows));
    for (const seal::UnverifiedRow& row : mailbox.keys.live) {
        if (mailbox.listed.size() < kListed && mayAnswer(row.row)) mailbox.listed.push_back(row);
    }
    for (std::size_t slot = 0; slot < kListed; ++slot) {
        const bool real = slot < mailbox.listed.size();
        auto request = parts_.sealer.checkRequest(real ? mailbox.listed[slot] : dummy_);
        if (!request && request.error().code == ErrorCode::kIntegrity) {
            mailbox.unreadable = true;
            request = parts_.sealer.checkRequest(dummy_);
        }
        if (!request) return request.error();
        requests.push_back(std::move(*request));
    }
    return requests;
}

Result<std::vector<Bytes>> SignIn::believed(Mailbox mailbox,
                                            const std::vector<mint::Answer>& answers) const {
    using Ids = std::vector<Bytes>;
    const std::span<const mint::Answer> all(answers);
    auto found =
        parts_.directory.accept(std::move(mailbox.rows), all.first(account::Directory::kChecks));
    // A damaged row was reported; from here it is as if the address were unknown.
    if (!found && found.error().code != ErrorCode::kIntegrity) return found.error();
    Ids ids;
    bool holds = !mailbox.unreadable;
    for (std::size_t slot = 0; slot < mailbox.listed.size(); ++slot) {
        auto row =
            parts_.sealer.accept(mailbox.listed[slot], all[account::Directory::kChecks + slot]);
        if (!row && row.error().code != ErrorCode::kIntegrity) return row.error();
        auto credential = row ? credentialFrom(*row) : Result<Credential>(row.error());
        holds = holds && credential.has_value();
        if (credential) ids.push_back(std::move(credential->webauthn_id));
    }
    if (!found || !found->has_value()) return Ids();
    const account::Authority& authority = (*found)->authority;
    if (digestOf(mailbox.keys) != authority.credentials_digest) {
        parts_.integrity(credentialsTable().name, copyBytes(authority.account.bytes));
        holds = false;
    }
    return holds && authority.maySignIn() ? ids : Ids();
}

Result<std::vector<Bytes>> SignIn::listFor(const account::MailAddress& address,
                                           Deadline deadline) const {
    std::vector<mint::Request> lookups;
    lookups.push_back(account::Directory::lookupRequest(address));
    lookups.emplace_back(mint::Lookup{
        mint::LookupUse::kDummy,
        Secret(Canonical("sallyport/sign-in-dummies/v1").add(address.text().expose()).finish()),
        std::nullopt});
    SALLYPORT_TRY(auto names, parts_.mint.perform(std::move(lookups), deadline));
    SALLYPORT_TRY(const auto index, mint::take<mint::LookupAnswer>(names, 0));
    SALLYPORT_TRY(const auto seed, mint::take<mint::LookupAnswer>(names, 1));
    SALLYPORT_TRY(
        Mailbox mailbox,
        parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<Mailbox> {
            Mailbox read;
            SALLYPORT_TRY(read.rows, account::Directory::readRows(transaction, index));
            // Of nobody the same statements run and find nothing.
            AccountId account;
            if (read.rows.authority.has_value()) {
                const auto stored = read.rows.authority->row.id<AccountId>("account_id");
                if (stored) account = *stored;
            }
            SALLYPORT_TRY(read.keys, readKeys(transaction, account));
            return read;
        }));
    SALLYPORT_TRY(auto checks, checksOf(mailbox));
    SALLYPORT_TRY(const auto answers, parts_.mint.perform(std::move(checks), deadline));
    SALLYPORT_TRY(const auto real, believed(std::move(mailbox), answers));
    return filledUp(real, seed.value);
}

}  // namespace sallyport::credential
