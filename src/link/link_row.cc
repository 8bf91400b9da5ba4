#include "link/link_row.h"

namespace sallyport::link {
namespace {

Result<mint::LinkFields> readFields(const storage::Row& row) {
    SALLYPORT_TRY(const std::string purpose_name, row.text("purpose"));
    SALLYPORT_TRY(const auto account, row.optionalId<AccountId>("account_id"));
    SALLYPORT_TRY(const auto address, row.optionalId<AddressId>("address_id"));
    SALLYPORT_TRY(const Digest binding, row.digest("binding"));
    SALLYPORT_TRY(const auto request, row.optionalId<RequestId>("request_id"));
    SALLYPORT_TRY(const Time issued, row.time("issued_at"));
    SALLYPORT_TRY(const Time expires, row.time("expires_at"));
    const auto purpose = mint::linkPurposeFromName(purpose_name);
    if (!purpose.has_value())
        return fail(ErrorCode::kIntegrity, "a link row names no purpose of ours");
    return mint::LinkFields{*purpose, account, address, binding, request, issued, expires};
}

Status readState(const storage::Row& row, LinkRow& link) {
    SALLYPORT_TRY(link.consumed, row.optionalTime("consumed_at"));
    SALLYPORT_TRY(link.revoked, row.optionalTime("revoked_at"));
    SALLYPORT_TRY(link.replaced_by, row.optionalId<LinkId>("replaced_by"));
    SALLYPORT_TRY(link.attempts, row.integer("attempts"));
    SALLYPORT_TRY(link.mails, row.integer("mails"));
    SALLYPORT_TRY(link.asks, row.integer("asks"));
    SALLYPORT_TRY(link.asked_at, row.time("asked_at"));
    SALLYPORT_TRY(link.tag, row.text("tag"));
    SALLYPORT_TRY(link.source, row.digest("source"));
    SALLYPORT_TRY(const std::int64_t known, row.integer("known"));
    link.known = known != 0;
    SALLYPORT_TRY(link.mailbox, row.digest("mailbox"));
    SALLYPORT_TRY(link.language, row.text("language"));
    SALLYPORT_TRY(link.browser, row.text("browser"));
    return {};
}

Result<std::optional<LinkRow>> readFound(const std::optional<storage::Row>& row) {
    if (!row.has_value()) return std::optional<LinkRow>();
    SALLYPORT_TRY(LinkRow link, readLinkRow(*row));
    return std::optional<LinkRow>(std::move(link));
}

}  // namespace

Result<LinkRow> readLinkRow(const storage::Row& row) {
    LinkRow link;
    SALLYPORT_TRY(link.id, row.id<LinkId>("id"));
    SALLYPORT_TRY(const std::int64_t generation, row.integer("gen"));
    link.generation = static_cast<mint::Generation>(generation);
    SALLYPORT_TRY(link.check, row.digest("check_value"));
    SALLYPORT_TRY(link.fields, readFields(row));
    SALLYPORT_CHECK(readState(row, link));
    return link;
}

Status insertLinkRow(storage::Transaction& transaction, const LinkRow& row) {
    const auto& fields = row.fields;
    SALLYPORT_TRY([[maybe_unused]] const auto changed,
                  transaction.execute(
                      "INSERT INTO links (id, gen, purpose, account_id, address_id, binding, "
                      "request_id, issued_at, expires_at, check_value, attempts, "
                      "disown_attempts, mails, asks, asked_at, tag, source, known, mailbox, "
                      "language, browser) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, "
                      "0, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
                      {row.id,
                       static_cast<std::int64_t>(row.generation),
                       mint::name(fields.purpose),
                       fields.account,
                       fields.address,
                       fields.binding,
                       fields.request,
                       fields.issued,
                       fields.expires,
                       row.check,
                       row.mails,
                       row.asks,
                       row.asked_at,
                       row.tag,
                       row.source,
                       static_cast<std::int64_t>(row.known ? 1 : 0),
                       row.mailbox,
                       row.language,
                       row.browser}));
    return {};
}

Result<std::optional<LinkRow>> findLink(storage::Transaction& transaction, const LinkId& id) {
    SALLYPORT_TRY(const auto row, transaction.first("SELECT * FROM links WHERE id = $1", {id}));
    return readFound(row);
}

Result<std::optional<LinkRow>> findLinkOfBrowser(storage::Transaction& transaction,
                                                 const Digest& binding) {
    SALLYPORT_TRY(const auto row,
                  transaction.first(
                      "SELECT * FROM links WHERE binding = $1 ORDER BY issued_at DESC, id LIMIT 1",
                      {binding}));
    return readFound(row);
}

}  // namespace sallyport::link
