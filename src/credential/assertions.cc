#include "credential/assertions.h"

#include "base/canonical.h"
#include "credential/credential_rows.h"
#include "credential/tables.h"
#include "limit/hits.h"

#include <algorithm>

namespace sallyport::credential {
namespace {

using fido::Judged;
using fido::Refusal;

/// The public key of RFC 6979 A.2.5 as COSE_Key: a point of P-256 that everybody knows.
constexpr FixedBytes<77> kNobodysKey = {
    0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a,
    0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61,
    0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x22, 0x58, 0x20, 0x79, 0x03, 0xfe,
    0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2,
    0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};

limit::Rule failureRule(const FailureRules& rules) {
    return {"assertion", {{rules.before_pause, rules.window, rules.before_pause}}};
}

/// One hit is one pause.
limit::Rule pauseRule(const FailureRules& rules) {
    return {"assertion-pause", {{1, rules.pause, 1}}};
}

/// Under what a failure counts: the key, or the pair of key and stranger.
std::string bucketOf(const CredentialId& id, const Asked& asked) {
    std::string bucket = "credential:" + id.text();
    if (!asked.stranger.empty()) bucket += ":" + asked.stranger;
    return bucket;
}

}  // namespace

/// A refusal that counts.
struct Assertions::Failure {
    CredentialId id;
    std::optional<AccountId> account;  ///< absent: nobody's key
    Time last_success;
    std::string code;
};

/// What the database says about the account's keys, believed, and which of them answers.
struct Assertions::Known {
    std::vector<Credential> live;
    std::optional<Credential> credential;  ///< absent: none of this account
    std::optional<Counter> counter;        ///< of that one
};

Result<Assertions::Known> Assertions::read(const account::Authority& authority,
                                           const fido::AssertionResponse& response,
                                           Deadline deadline) const {
    struct Read {
        KeyRows keys;
        std::optional<CredentialId> answering;
        std::optional<seal::UnverifiedRow> counter;
    };

    SALLYPORT_TRY(
        auto rows,
        parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<Read> {
            Read found;
            SALLYPORT_TRY(found.keys, readKeys(transaction, authority.account));
            for (const seal::UnverifiedRow& row : found.keys.live) {
                const storage::Value* stored = row.row.find("webauthn_id");
                if (stored == nullptr || !(*stored == storage::Value(response.id))) continue;
                SALLYPORT_TRY(found.answering, row.row.id<CredentialId>("id"));
                SALLYPORT_TRY(found.counter, readCounter(transaction, *found.answering));
            }
            return found;
        }));
    std::vector<seal::UnverifiedRow> unverified = rows.keys.live;
    if (rows.counter.has_value()) unverified.push_back(std::move(*rows.counter));
    SALLYPORT_TRY(auto verified, parts_.sealer.verify(std::move(unverified), deadline));
    Known known;
    if (rows.counter.has_value()) {
        SALLYPORT_TRY(known.counter, counterFrom(verified.back()));
        verified.pop_back();
    }
    SALLYPORT_TRY(known.live, parts_.credentials.believe(authority, rows.keys, verified));
    if (!rows.answering.has_value()) return known;
    if (!known.counter.has_value()) {
        parts_.integrity(countersTable().name, copyBytes(rows.answering->bytes));
        return fail(ErrorCode::kIntegrity, "a key without its counter");
    }
    const auto found =
        std::find_if(known.live.begin(), known.live.end(), [&rows](const Credential& one) {
            return one.id == *rows.answering;
        });
    if (found != known.live.end()) known.credential = *found;
    return known;
}

Result<bool> Assertions::paused(const CredentialId& id,
                                const Asked& asked,
                                Deadline deadline) const {
    const Time now = parts_.clock.now();
    return parts_.database.read(deadline, [&](storage::Transaction& transaction) -> Result<bool> {
        SALLYPORT_TRY(const auto salts, limit::readSalts(transaction, now));
        const auto keys = limit::sourceKeys(salts, bucketOf(id, asked));
        SALLYPORT_TRY(const auto wait,
                      limit::retryAfter(transaction, pauseRule(rules_), keys, keys, now));
        return wait.has_value();
    });
}

Result<std::int64_t> Assertions::countFailure(const Failure& failure,
                                              const Asked& asked,
                                              Deadline deadline) const {
    const Time now = parts_.clock.now();
    const auto hit = limit::HitId::random(parts_.random);
    const auto pause = limit::HitId::random(parts_.random);
    const auto fresh_salt = parts_.random.bytes<32>();
    const Duration since_success = std::min(now - failure.last_success, limit::kLongestWindow);
    SALLYPORT_TRY(
        const auto event,
        parts_.events.prepare({"assertion.refused",
                               "refused",
                               std::nullopt,
                               failure.account,
                               {{"credential", failure.id.text()}, {"code", failure.code}},
                               {}}));
    return parts_.database.write(
        deadline, [&](storage::Transaction& transaction) -> Result<std::int64_t> {
            SALLYPORT_TRY(const auto salts, limit::ensureSalts(transaction, now, fresh_salt));
            const auto keys = limit::sourceKeys(salts, bucketOf(failure.id, asked));
            const limit::Rule rule = failureRule(rules_);
            SALLYPORT_CHECK(limit::addHit(transaction, hit, rule, keys, keys, now));
            SALLYPORT_TRY(const std::int64_t recent,
                          limit::countHits(transaction, rule, keys, rules_.window, now));
            if (recent >= rules_.before_pause) {
                SALLYPORT_CHECK(
                    limit::addHit(transaction, pause, pauseRule(rules_), keys, keys, now));
            }
            SALLYPORT_CHECK(audit::append(transaction, event));
            return limit::countHits(transaction, rule, keys, since_success, now);
        });
}

Status Assertions::freeze(const account::Authority& authority,
                          CredentialId id,
                          std::string_view reason,
                          Deadline deadline) const {
    SALLYPORT_TRY(const auto change,
                  parts_.credentials.prepareFreeze(authority, id, reason, deadline));
    SALLYPORT_CHECK(parts_.database.write(deadline, [&](storage::Transaction& transaction) {
        return Credentials::write(transaction, change);
    }));
    parts_.metrics.count("sallyport_credentials_frozen_total", {{"reason", reason}});
    return {};
}

Result<Refusal> Assertions::refused(const account::Authority& authority,
                                    const Known& known,
                                    Refusal refusal,
                                    const Asked& asked,
                                    Deadline deadline) const {
    parts_.log.info("assertion.refused",
                    {{"code", refusal.code}, {"step", refusal.step}, {"detail", refusal.detail}});
    parts_.metrics.count("sallyport_assertions_refused_total", {{"code", refusal.code}});
    if (refusal.code == "counter_regression") {
        // A ceremony that began before the key's last success may have been overtaken by it
        // (WebAuthn L3 7.2 step 22 knows that race): then it is only too late.
        if (known.counter->last_used.has_value() && asked.issued < *known.counter->last_used)
            return Refusal{"counter_behind", std::move(refusal.step), std::move(refusal.detail)};
        SALLYPORT_CHECK(
            freeze(authority, known.credential->id, Credentials::kCounterWentBack, deadline));
        return refusal;
    }
    const Credential& credential = *known.credential;
    SALLYPORT_TRY(const std::int64_t in_a_row,
                  countFailure({credential.id,
                                authority.account,
                                known.counter->last_used.value_or(credential.created_at),
                                refusal.code},
                               asked,
                               deadline));
    if (asked.stranger.empty() && in_a_row >= rules_.before_freeze)
        SALLYPORT_CHECK(freeze(authority, credential.id, "failures", deadline));
    return refusal;
}

Result<Judged<Checked>> Assertions::check(const account::Authority& authority,
                                          const fido::AssertionResponse& response,
                                          const Asked& asked,
                                          Deadline deadline) const {
    SALLYPORT_TRY(Known known, read(authority, response, deadline));
    if (!known.credential.has_value())
        return Judged<Checked>(
            Refusal{"unknown_credential", "7.2 step 6 (A2)", "no live key of this account"});
    const Credential& credential = *known.credential;
    const bool suspended = credential.status == CredentialStatus::kSuspended;
    if (!suspended && credential.status != CredentialStatus::kActive)
        return Judged<Checked>(Refusal{"credential_not_active",
                                       "7.2 step 5 (A1)",
                                       "the key is " + std::string(name(credential.status))});
    SALLYPORT_TRY(const bool is_paused, paused(credential.id, asked, deadline));
    if (is_paused)
        return Judged<Checked>(
            Refusal{"paused", "SP 800-63B-4 3.2.2", "too many failures of this key"});

    auto judged = fido::verifyAssertion(response,
                                        {credential.webauthn_id,
                                         credential.public_key,
                                         credential.algorithm,
                                         credential.aaguid,
                                         known.counter->sign_count,
                                         credential.backup_eligible,
                                         copyBytes(authority.account.bytes)},
                                        {parts_.options.rp_id,
                                         parts_.options.originsOf(asked.channel),
                                         asked.challenge,
                                         fido::UserVerification::kRequired,
                                         &parts_.options.attestation});
    if (auto* refusal = std::get_if<Refusal>(&judged)) {
        SALLYPORT_TRY(Refusal why, refused(authority, known, std::move(*refusal), asked, deadline));
        return Judged<Checked>(std::move(why));
    }
    auto& assertion = std::get<fido::VerifiedAssertion>(judged);
    // State is prepared only now that everything was verified (WebAuthn L3 7.2 step 24).
    SALLYPORT_TRY(
        auto next,
        parts_.sealer.sealNext(
            known.counter->row,
            counterRow(
                credential.id, assertion.signCount(), assertion.backedUp(), parts_.clock.now()),
            deadline));
    Checked checked{
        credential, std::move(assertion), std::move(*known.counter), std::move(next), {}};
    if (suspended) {
        SALLYPORT_TRY(checked.reinstates,
                      parts_.credentials.prepareReinstatement(
                          authority, known.live, credential.id, deadline));
    }
    return Judged<Checked>(std::move(checked));
}

Status Assertions::spendOnNobody(const fido::AssertionResponse& response,
                                 const seal::UnverifiedRow& dummy,
                                 const Asked& asked,
                                 Deadline deadline) const {
    // The same name for the same answer, so that a dummy pauses as a key does.
    CredentialId id;
    const Digest name = sha256(response.id);
    std::copy_n(name.begin(), id.bytes.size(), id.bytes.begin());
    SALLYPORT_CHECK(parts_.database.read(
        deadline, [&](storage::Transaction& transaction) -> Result<std::int64_t> {
            SALLYPORT_CHECK(readKeys(transaction, AccountId{}));
            SALLYPORT_CHECK(readCounter(transaction, id));
            return 0;
        }));
    SALLYPORT_CHECK(parts_.sealer.verify({dummy, dummy}, deadline));
    SALLYPORT_TRY(const bool is_paused, paused(id, asked, deadline));
    if (is_paused) return {};
    // Whatever it says: a key of nobody opens nothing.
    const auto judged = fido::verifyAssertion(response,
                                              {response.id,
                                               copyBytes(kNobodysKey),
                                               fido::Algorithm::kEs256,
                                               fido::Aaguid{},
                                               0,
                                               false,
                                               response.user_handle.value_or(Bytes())},
                                              {parts_.options.rp_id,
                                               parts_.options.originsOf(asked.channel),
                                               asked.challenge,
                                               fido::UserVerification::kRequired,
                                               &parts_.options.attestation});
    const auto* refusal = std::get_if<Refusal>(&judged);
    SALLYPORT_CHECK(countFailure({id,
                                  std::nullopt,
                                  parts_.clock.now(),
                                  refusal == nullptr ? "unknown_credential" : refusal->code},
                                 asked,
                                 deadline));
    return {};
}

Status Assertions::commit(storage::Transaction& transaction, const Checked& checked) {
    SALLYPORT_CHECK(seal::Sealer::replace(transaction, checked.counter.row, checked.next_counter));
    if (!checked.reinstates.has_value()) return {};
    return Credentials::write(transaction, *checked.reinstates);
}

}  // namespace sallyport::credential
