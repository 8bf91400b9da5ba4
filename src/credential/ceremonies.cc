#include "credential/ceremonies.h"

#include "base/canonical.h"
#include "credential/credential_rows.h"
#include "credential/tables.h"

#include <algorithm>
#include <array>

namespace sallyport::credential {
namespace {

constexpr std::array kKinds = {RightKind::kSession, RightKind::kTicket, RightKind::kAction};
constexpr std::size_t kLengthSize = 4;

Error unreadable(std::string_view column) {
    return fail(ErrorCode::kIntegrity, "a ceremony whose " + std::string(column) + " says nothing");
}

Bytes encoded(const std::vector<Bytes>& ids) {
    Bytes out;
    for (const Bytes& id : ids) {
        for (std::size_t byte = kLengthSize; byte-- > 0;)
            out.push_back(static_cast<std::uint8_t>((id.size() >> (8 * byte)) & 0xffU));
        out.insert(out.end(), id.begin(), id.end());
    }
    return out;
}

Result<std::vector<Bytes>> decoded(ByteView in) {
    std::vector<Bytes> ids;
    while (!in.empty()) {
        if (in.size() < kLengthSize) return unreadable("list");
        std::size_t size = 0;
        for (const std::uint8_t byte : in.first(kLengthSize)) size = (size << 8U) | byte;
        in = in.subspan(kLengthSize);
        if (in.size() < size) return unreadable("list");
        ids.push_back(copyBytes(in.first(size)));
        in = in.subspan(size);
    }
    return ids;
}

storage::Row rowOf(const Ceremony& ceremony) {
    storage::Row row;
    row.set("id", ceremony.id);
    row.set("purpose", name(ceremony.purpose));
    row.set("nonce", ceremony.nonce);
    row.set("account_id", ceremony.account);
    row.set("session_id", ceremony.session);
    row.set("binding", ceremony.binding);
    row.set("channel", sallyport::name(ceremony.channel));
    row.set("authority_kind", nullptr);
    row.set("authorized_by", nullptr);
    if (ceremony.right.has_value()) {
        row.set("authority_kind", name(ceremony.right->kind));
        row.set("authorized_by", ceremony.right->by);
    }
    row.set("policy_digest", ceremony.policy_digest);
    row.set("label", ceremony.label);
    row.set("listed", nullptr);
    if (ceremony.listed.has_value()) row.set("listed", encoded(*ceremony.listed));
    row.set("issued_at", ceremony.issued);
    row.set("expires_at", ceremony.expires);
    return row;
}

Result<std::optional<Digest>> optionalDigest(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const storage::Value value, row.value(column));
    if (value.isNull()) return std::optional<Digest>();
    SALLYPORT_TRY(const Digest digest, row.digest(column));
    return std::optional<Digest>(digest);
}

Result<std::optional<std::string>> optionalText(const storage::Row& row, std::string_view column) {
    SALLYPORT_TRY(const storage::Value value, row.value(column));
    if (value.isNull()) return std::optional<std::string>();
    SALLYPORT_TRY(std::string text, row.text(column));
    return std::optional<std::string>(std::move(text));
}

Result<std::optional<Right>> rightFrom(const storage::Row& row) {
    SALLYPORT_TRY(const auto kind_name, optionalText(row, "authority_kind"));
    if (!kind_name.has_value()) return std::optional<Right>();
    SALLYPORT_TRY(const auto by, row.optionalId<TicketId>("authorized_by"));
    Right right;
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&kind_name](RightKind one) {
        return name(one) == *kind_name;
    });
    if (kind == kKinds.end()) return unreadable("authority_kind");
    right.kind = *kind;
    if (by.has_value()) right.by = by->bytes;
    return std::optional<Right>(right);
}

Result<Ceremony> ceremonyFrom(const seal::VerifiedRow& verified) {
    const storage::Row& row = verified.row();
    Ceremony ceremony;
    SALLYPORT_TRY(ceremony.id, row.id<CeremonyId>("id"));
    SALLYPORT_TRY(const std::string purpose, row.text("purpose"));
    if (purpose != name(Purpose::kSignIn) && purpose != name(Purpose::kEnrolment))
        return unreadable("purpose");
    ceremony.purpose = purpose == name(Purpose::kSignIn) ? Purpose::kSignIn : Purpose::kEnrolment;
    SALLYPORT_TRY(ceremony.nonce, row.digest("nonce"));
    SALLYPORT_TRY(ceremony.account, row.optionalId<AccountId>("account_id"));
    SALLYPORT_TRY(ceremony.session, row.optionalId<SessionId>("session_id"));
    SALLYPORT_TRY(ceremony.binding, optionalDigest(row, "binding"));
    SALLYPORT_TRY(const std::string channel_name, row.text("channel"));
    const auto channel = channelFromName(channel_name);
    if (!channel.has_value()) return unreadable("channel");
    ceremony.channel = *channel;
    SALLYPORT_TRY(ceremony.right, rightFrom(row));
    SALLYPORT_TRY(ceremony.policy_digest, optionalDigest(row, "policy_digest"));
    SALLYPORT_TRY(ceremony.label, optionalText(row, "label"));
    SALLYPORT_TRY(const storage::Value listed, row.value("listed"));
    if (!listed.isNull()) {
        SALLYPORT_TRY(const Bytes list, row.bytes("listed"));
        SALLYPORT_TRY(ceremony.listed, decoded(list));
    }
    SALLYPORT_TRY(ceremony.issued, row.time("issued_at"));
    SALLYPORT_TRY(ceremony.expires, row.time("expires_at"));
    return ceremony;
}

}  // namespace

std::string_view name(Purpose purpose) {
    switch (purpose) {
        case Purpose::kSignIn:
            return "sign-in";
        case Purpose::kEnrolment:
            return "enrolment";
    }
    return {};
}

std::string_view name(RightKind kind) {
    switch (kind) {
        case RightKind::kSession:
            return "session";
        case RightKind::kTicket:
            return "ticket";
        case RightKind::kAction:
            return "action";
    }
    return {};
}

Bytes Ceremony::challenge() const {
    Canonical canonical(purpose == Purpose::kSignIn ? "sallyport/sign-in/v1"
                                                    : "sallyport/enrolment/v1");
    canonical.add(nonce);
    if (purpose == Purpose::kSignIn) {
        canonical.addOptional(binding).add(sallyport::name(channel));
    } else {
        // SHA-256 of the session's id, as an approval names it too.
        std::optional<Digest> session_hash;
        if (session.has_value()) session_hash = sha256(session->bytes);
        std::optional<FixedBytes<16>> by;
        if (right.has_value()) by = right->by;
        if (account.has_value()) {
            canonical.add(account->bytes);
        } else {
            canonical.addAbsent();
        }
        canonical.addOptional(session_hash).addOptional(by).addOptional(policy_digest);
    }
    canonical.add(issued).add(expires);
    return copyBytes(sha256(canonical.finish()));
}

bool Ceremony::lists(const Bytes& webauthn_id) const {
    return listed.has_value() &&
           std::find(listed->begin(), listed->end(), webauthn_id) != listed->end();
}

Result<seal::SealedRow> Ceremonies::seal(const Ceremony& ceremony, Deadline deadline) const {
    return sealer_.seal(ceremoniesTable(), rowOf(ceremony), deadline);
}

Result<Ceremony> Ceremonies::consume(CeremonyId id, Purpose purpose, Deadline deadline) const {
    using Found = std::optional<seal::UnverifiedRow>;
    SALLYPORT_TRY(
        auto row,
        database_.write(deadline, [&](storage::Transaction& transaction) -> Result<Found> {
            SALLYPORT_TRY(auto rows, readRows(transaction, ceremoniesTable(), "id = $1", {id}));
            if (rows.empty()) return Found();
            SALLYPORT_TRY(const auto deleted,
                          transaction.execute("DELETE FROM ceremonies WHERE id = $1", {id}));
            if (deleted != 1) return Found();
            return Found(std::move(rows.front()));
        }));
    if (!row.has_value()) return fail(ErrorCode::kGone, "no such ceremony, or it was used");
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(const auto verified, sealer_.verify(std::move(rows), deadline));
    SALLYPORT_TRY(Ceremony ceremony, ceremonyFrom(verified.front()));
    if (ceremony.purpose != purpose) return fail(ErrorCode::kGone, "a ceremony of another purpose");
    if (clock_.now() >= ceremony.expires) return fail(ErrorCode::kGone, "the ceremony expired");
    return ceremony;
}

Result<std::int64_t> Ceremonies::purge(std::int64_t batch, Deadline deadline) const {
    const Time now = clock_.now();
    return database_.write(
        deadline, [&](storage::Transaction& transaction) -> Result<std::int64_t> {
            return transaction.execute(
                "DELETE FROM ceremonies WHERE id IN (SELECT id FROM ceremonies WHERE expires_at "
                "< $1 LIMIT $2)",
                {now, batch});
        });
}

}  // namespace sallyport::credential
