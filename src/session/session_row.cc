#include "session/session_row.h"

namespace sallyport::session {
namespace {

std::string joined(const std::set<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

std::set<std::string> split(std::string_view text) {
    std::set<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.emplace(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

Result<mint::SessionFields> readFields(const storage::Row& row) {
    SALLYPORT_TRY(const AccountId account, row.id<AccountId>("account_id"));
    SALLYPORT_TRY(const std::int64_t epoch, row.integer("account_epoch"));
    SALLYPORT_TRY(const std::string kind_name, row.text("kind"));
    SALLYPORT_TRY(const std::string acr, row.text("acr"));
    SALLYPORT_TRY(const std::string amr, row.text("amr"));
    SALLYPORT_TRY(const Time auth_time, row.time("auth_time"));
    SALLYPORT_TRY(const auto credential, row.optionalId<CredentialId>("credential_id"));
    SALLYPORT_TRY(const Time issued, row.time("issued_at"));
    SALLYPORT_TRY(const Time expires, row.time("expires_at"));
    SALLYPORT_TRY(const auto predecessor, row.optionalId<SessionId>("predecessor"));
    SALLYPORT_TRY(const std::string channel_name, row.text("channel"));
    const auto kind = mint::sessionKindFromName(kind_name);
    const auto channel = channelFromName(channel_name);
    if (!kind.has_value() || !channel.has_value() || epoch < 0) {
        return fail(ErrorCode::kIntegrity, "a session row names no kind, channel or epoch of ours");
    }
    return mint::SessionFields{account,
                               static_cast<std::uint64_t>(epoch),
                               *kind,
                               acr,
                               split(amr),
                               auth_time,
                               credential,
                               issued,
                               expires,
                               predecessor,
                               *channel};
}

}  // namespace

Result<SessionRow> readSessionRow(const storage::Row& row) {
    SALLYPORT_TRY(const SessionId id, row.id<SessionId>("id"));
    SALLYPORT_TRY(const std::int64_t generation, row.integer("gen"));
    SALLYPORT_TRY(const Digest check, row.digest("check_value"));
    SALLYPORT_TRY(mint::SessionFields fields, readFields(row));
    SALLYPORT_TRY(const Time last_seen, row.time("last_seen_at"));
    SALLYPORT_TRY(const auto revoked, row.optionalTime("revoked_at"));
    SALLYPORT_TRY(const auto replaced_by, row.optionalId<SessionId>("replaced_by"));
    SALLYPORT_TRY(const auto refused, row.optionalTime("refused_at"));
    SALLYPORT_TRY(const std::string browser, row.text("browser"));
    return SessionRow{id,
                      static_cast<mint::Generation>(generation),
                      check,
                      std::move(fields),
                      last_seen,
                      revoked.has_value() || replaced_by.has_value(),
                      browser,
                      refused.has_value()};
}

Status insertSessionRow(storage::Transaction& transaction, const SessionRow& row) {
    const auto& fields = row.fields;
    SALLYPORT_TRY(
        [[maybe_unused]] const auto changed,
        transaction.execute(
            "INSERT INTO sessions (id, gen, account_id, account_epoch, kind, acr, amr, auth_time, "
            "credential_id, issued_at, expires_at, predecessor, check_value, last_seen_at, "
            "browser, channel) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            {row.id,
             static_cast<std::int64_t>(row.generation),
             fields.account,
             static_cast<std::int64_t>(fields.account_epoch),
             mint::name(fields.kind),
             fields.acr,
             joined(fields.amr),
             fields.auth_time,
             fields.credential,
             fields.issued,
             fields.expires,
             fields.predecessor,
             row.check,
             row.last_seen,
             row.browser,
             name(fields.channel)}));
    return {};
}

}  // namespace sallyport::session
