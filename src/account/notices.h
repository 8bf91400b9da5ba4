#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "limit/hits.h"
#include "mail/outbox.h"
#include "seal/sealed_row.h"

/// What the holder of an account is told by mail, whoever did it (SP 800-63B-4 4.6): a notice is
/// written in the transaction of its effect, or not at all.
namespace sallyport::account {

using NoticeId = Id<struct NoticeTag>;

enum class NoticeKind {
    kKeyAdded,
    kKeyProvisional,  ///< added, and opens nothing yet
    kKeyActivated,
    kKeyRemoved,
    kKeyLost,
    kKeySuspended,
    kKeyReinstated,
    kKeyCopied,  ///< frozen, because its counter went back
    kKeyFailed,  ///< frozen after too many failures
    kAccountFrozen,
    kAccountThawed,
};

/// `key-added`, `key-provisional`, …, `account-thawed`.
std::string_view name(NoticeKind kind);
std::optional<NoticeKind> noticeKindFromName(std::string_view name);

struct Notice {
    NoticeKind kind;
    AccountId account;
    std::string label;  ///< of the key, as it was typed; empty: it is not about a key
    Time at;
};

/// Reads a verified row of the notices table. Errors: kIntegrity.
Result<Notice> noticeFrom(const seal::VerifiedRow& row);

/// As long as a mail server goes on trying (RFC 5321 4.5.4.1).
inline constexpr Duration kNoticeLife = std::chrono::hours(5 * 24);

/// Of the outbox rows that name a notice.
inline constexpr std::string_view kNoticeTemplate = "notice";

/// So many mails of one kind an account gets; a further one is not written. By kind, so that noise
/// of one kind hides no other.
inline constexpr std::int64_t kNoticesPerHour = 10;
inline constexpr std::int64_t kNoticesPerDay = 20;

/// Thread-safe.
class Notices {
  public:
    /// `mail_domain` is what stands behind the `@` of a Message-ID. The references outlive this.
    Notices(const Clock& clock, Random& random, std::string mail_domain)
        : clock_(clock), random_(random), mail_domain_(std::move(mail_domain)) {}

    /// The row, to be sealed with those of its effect.
    seal::Sealer::Next draft(NoticeKind kind, const AccountId& account, std::string label) const;

    /// With everything that must be drawn before the transaction.
    struct Prepared {
        seal::SealedRow row;
        mail::OutboxRow outbox;
        std::string bucket;
        limit::HitId hit;
        FixedBytes<32> fresh_salt{};
    };

    /// Of a sealed draft().
    Result<Prepared> prepare(seal::SealedRow row) const;

    /// Into the transaction of the effect: the notice and its outbox row, unless the account had
    /// its share. Never waits for a mail. Errors: those of the transaction.
    static Status write(storage::Transaction& transaction, const Prepared& notice);

  private:
    const Clock& clock_;
    Random& random_;
    const std::string mail_domain_;
};

/// Deletes notices that nobody can send any more, at most `batch`. Answers how many.
Result<std::int64_t> purgeNotices(storage::Transaction& transaction, Time now, std::int64_t batch);

}  // namespace sallyport::account
