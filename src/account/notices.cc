#include "account/notices.h"

#include "account/tables.h"

#include <array>
#include <utility>

namespace sallyport::account {
namespace {

constexpr std::array<std::pair<NoticeKind, std::string_view>, 11> kKindNames = {{
    {NoticeKind::kKeyAdded, "key-added"},
    {NoticeKind::kKeyProvisional, "key-provisional"},
    {NoticeKind::kKeyActivated, "key-activated"},
    {NoticeKind::kKeyRemoved, "key-removed"},
    {NoticeKind::kKeyLost, "key-lost"},
    {NoticeKind::kKeySuspended, "key-suspended"},
    {NoticeKind::kKeyReinstated, "key-reinstated"},
    {NoticeKind::kKeyCopied, "key-copied"},
    {NoticeKind::kKeyFailed, "key-failed"},
    {NoticeKind::kAccountFrozen, "account-frozen"},
    {NoticeKind::kAccountThawed, "account-thawed"},
}};

// An account keeps no language of its own yet.
constexpr std::string_view kLanguage = "en";

limit::Rule noticeRule() {
    return {"notice",
            {{kNoticesPerHour, std::chrono::hours(1), kNoticesPerHour},
             {kNoticesPerDay, limit::kLongestWindow, kNoticesPerDay}}};
}

}  // namespace

std::string_view name(NoticeKind kind) {
    for (const auto& [known, text] : kKindNames) {
        if (known == kind) return text;
    }
    return {};
}

std::optional<NoticeKind> noticeKindFromName(std::string_view name) {
    for (const auto& [known, text] : kKindNames) {
        if (text == name) return known;
    }
    return std::nullopt;
}

Result<Notice> noticeFrom(const seal::VerifiedRow& row) {
    if (&row.table() != &noticesTable())
        return fail(ErrorCode::kInternal, "not a row of the notices table");
    const storage::Row& values = row.row();
    SALLYPORT_TRY(const auto account, values.id<AccountId>("account_id"));
    SALLYPORT_TRY(const std::string kind_name, values.text("kind"));
    const auto kind = noticeKindFromName(kind_name);
    if (!kind.has_value()) return fail(ErrorCode::kIntegrity, "a notice of no known kind");
    SALLYPORT_TRY(std::string label, values.text("label"));
    SALLYPORT_TRY(const Time at, values.time("happened_at"));
    return Notice{*kind, account, std::move(label), at};
}

seal::Sealer::Next Notices::draft(NoticeKind kind,
                                  const AccountId& account,
                                  std::string label) const {
    storage::Row row;
    row.set("id", NoticeId::random(random_));
    row.set("account_id", account);
    row.set("kind", name(kind));
    row.set("label", std::move(label));
    row.set("happened_at", clock_.now());
    return {&noticesTable(), nullptr, std::move(row)};
}

Result<Notices::Prepared> Notices::prepare(seal::SealedRow row) const {
    SALLYPORT_TRY(const auto id, row.row().id<NoticeId>("id"));
    SALLYPORT_TRY(const auto account, row.row().id<AccountId>("account_id"));
    SALLYPORT_TRY(const std::string kind, row.row().text("kind"));
    SALLYPORT_TRY(const Time at, row.row().time("happened_at"));
    auto outbox = mail::OutboxRow::make({std::string(kNoticeTemplate),
                                         id.bytes,
                                         std::string(kLanguage),
                                         mail_domain_,
                                         at,
                                         at + kNoticeLife},
                                        random_);
    return Prepared{std::move(row),
                    std::move(outbox),
                    "notice:" + account.text() + ":" + kind,
                    limit::HitId::random(random_),
                    random_.bytes<32>()};
}

Status Notices::write(storage::Transaction& transaction, const Prepared& notice) {
    const Time now = notice.outbox.date;
    SALLYPORT_TRY(const auto salts, limit::ensureSalts(transaction, now, notice.fresh_salt));
    const auto keys = limit::sourceKeys(salts, notice.bucket);
    const limit::Rule rule = noticeRule();
    SALLYPORT_TRY(const auto wait, limit::retryAfter(transaction, rule, keys, keys, now));
    if (wait.has_value()) return {};
    SALLYPORT_CHECK(limit::addHit(transaction, notice.hit, rule, keys, keys, now));
    SALLYPORT_CHECK(seal::Sealer::insert(transaction, notice.row));
    return mail::enqueue(transaction, notice.outbox, false);
}

Result<std::int64_t> purgeNotices(storage::Transaction& transaction, Time now, std::int64_t batch) {
    return transaction.execute(
        "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE happened_at <= $1 LIMIT $2)",
        {now - kNoticeLife, batch});
}

}  // namespace sallyport::account
