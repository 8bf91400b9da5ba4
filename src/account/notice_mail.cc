#include "account/notice_mail.h"

#include "account/rows.h"
#include "account/tables.h"
#include "base/texts.h"
#include "base/utf8.h"
#include "mail/letter_text.h"

#include <algorithm>
#include <array>

namespace sallyport::account {
namespace {

constexpr std::size_t kMostLabel = 64;

/// What is told of each kind, and what to do if it was somebody else.
struct Words {
    NoticeKind kind;
    std::string_view happened;
    std::string_view otherwise;
};

constexpr std::array<Words, 11> kWords = {{
    {NoticeKind::kKeyAdded, "mail.notice.key_added", "mail.notice.if_bound"},
    {NoticeKind::kKeyProvisional, "mail.notice.key_provisional", "mail.notice.if_bound"},
    {NoticeKind::kKeyActivated, "mail.notice.key_activated", "mail.notice.if_bound"},
    {NoticeKind::kKeyRemoved, "mail.notice.key_removed", "mail.notice.if_taken"},
    {NoticeKind::kKeyLost, "mail.notice.key_lost", "mail.notice.if_taken"},
    {NoticeKind::kKeySuspended, "mail.notice.key_suspended", "mail.notice.if_taken"},
    {NoticeKind::kKeyReinstated, "mail.notice.key_reinstated", "mail.notice.if_bound"},
    {NoticeKind::kKeyCopied, "mail.notice.key_copied", "mail.notice.if_frozen_key"},
    {NoticeKind::kKeyFailed, "mail.notice.key_failed", "mail.notice.if_frozen_key"},
    {NoticeKind::kAccountFrozen, "mail.notice.account_frozen", "mail.notice.if_account"},
    {NoticeKind::kAccountThawed, "mail.notice.account_thawed", "mail.notice.if_account"},
}};

bool isLetterOrDigit(char32_t point) {
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
           (point >= '0' && point <= '9');
}

/// Dots, slashes, colons and at signs make links and addresses of words, also as the compatibility
/// forms that IDNA maps to them (RFC 5895 2.3).
bool isHarmless(char32_t point) {
    if (point < 0x80)
        return isLetterOrDigit(point) ||
               std::u32string_view(U" -_()+#,!").find(point) != std::u32string_view::npos;
    const bool dot = point == 0x3002 || (point >= 0x2024 && point <= 0x2026);
    const bool compatibility =
        (point >= 0xfe50 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xffef);
    return isPrintable(point) && !dot && !compatibility;
}

const Words& wordsOf(NoticeKind kind) {
    const auto* found = std::find_if(
        kWords.begin(), kWords.end(), [kind](const Words& each) { return each.kind == kind; });
    SALLYPORT_ASSERT(found != kWords.end());
    return *found;
}

/// Damaged or gone: there is nobody to tell, and trying again changes nothing.
bool isHopeless(const Error& error) {
    return error.code == ErrorCode::kIntegrity || error.code == ErrorCode::kGone;
}

}  // namespace

std::string labelInMail(std::string_view label) {
    std::string shown;
    for (std::size_t count = 0; !label.empty() && count < kMostLabel; ++count) {
        const std::string_view before = label;
        const auto point = takeCodePoint(label);
        if (point.has_value() && isHarmless(*point)) {
            shown += before.substr(0, before.size() - label.size());
        } else {
            shown += '_';
        }
    }
    return shown;
}

mail::Template NoticeMail::asTemplate() const {
    return {
        kNoticeTemplate,
        [this](const mail::OutboxRow& row, Deadline deadline) { return resolve(row, deadline); },
        [](storage::Transaction& transaction,
           const mail::OutboxRow& row,
           mail::DeliveryOutcome outcome) -> Status {
            if (outcome == mail::DeliveryOutcome::kVoid) return {};
            SALLYPORT_CHECK(
                transaction.execute("DELETE FROM notices WHERE id = $1", {row.subject}));
            return {};
        }};
}

Result<std::optional<Notice>> NoticeMail::read(const NoticeId& id, Deadline deadline) const {
    SALLYPORT_TRY(auto row, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
        return readRow(transaction, noticesTable(), "id = $1", {id});
    }));
    if (!row.has_value()) return std::optional<Notice>();
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(const auto verified, parts_.sealer.verify(std::move(rows), deadline));
    SALLYPORT_TRY(auto notice, noticeFrom(verified.front()));
    return std::optional<Notice>(std::move(notice));
}

Result<std::optional<mail::Letter>> NoticeMail::resolve(const mail::OutboxRow& row,
                                                        Deadline deadline) const {
    if (row.is_void) return std::optional<mail::Letter>();
    const auto notice = read(NoticeId{row.subject}, deadline);
    if (!notice && isHopeless(notice.error())) return std::optional<mail::Letter>();
    if (!notice) return notice.error();
    // An older one is an editor's, who put it back with its seal.
    if (!notice->has_value() || parts_.clock.now() >= (*notice)->at + kNoticeLife)
        return std::optional<mail::Letter>();
    // Also of a frozen account: its holder is told.
    const auto found = parts_.directory.findAny((*notice)->account, deadline);
    if (!found && isHopeless(found.error())) return std::optional<mail::Letter>();
    if (!found) return found.error();
    if (!found->has_value()) return std::optional<mail::Letter>();
    auto address = parts_.directory.decryptAddress(**found, deadline);
    if (!address && isHopeless(address.error())) return std::optional<mail::Letter>();
    if (!address) return std::move(address).error();
    return std::optional<mail::Letter>(compose(**notice, row.language, std::move(*address)));
}

mail::Letter NoticeMail::compose(const Notice& notice,
                                 std::string_view language,
                                 Secret address) const {
    const std::string site(mail::hostOf(public_origin_));
    const std::string time = mail::readableTime(notice.at);
    const std::string hourly = std::to_string(kNoticesPerHour);
    const std::string daily = std::to_string(kNoticesPerDay);
    const Words& words = wordsOf(notice.kind);
    std::vector<mail::Line> lines;
    const auto say = [&](std::string_view key,
                         const std::vector<std::pair<std::string_view, std::string_view>>& values) {
        lines.push_back({mail::Line::Kind::kText, text(language, key, values)});
    };
    say("mail.notice.greeting", {});
    say(words.happened, {{"site", site}, {"time", time}});
    if (!notice.label.empty()) {
        say("mail.notice.label", {});
        lines.push_back({mail::Line::Kind::kName, "\"" + labelInMail(notice.label) + "\""});
    }
    say(words.otherwise, {{"site", site}});
    say("mail.notice.safe", {{"site", site}});
    say("mail.notice.bound", {{"hourly", hourly}, {"daily", daily}});
    return {std::move(address),
            text(language, "mail.notice.subject", {{"site", site}}),
            mail::plainText(lines),
            mail::htmlText(language, lines)};
}

}  // namespace sallyport::account
