#include "mail/outbox.h"

#include "base/base64url.h"

namespace sallyport::mail {

const seal::Table& outboxTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"outbox",
                                   seal::Binding::kState,
                                   {{"id", kKey},
                                    {"template", kState},
                                    {"subject_id", kState},
                                    {"language", kState},
                                    {"message_id", kState},
                                    {"date", kState},
                                    {"boundary", kState},
                                    {"void", kState},
                                    {"expires_at", kState},
                                    {"lease_owner", kState},
                                    {"lease_until", kState},
                                    {"attempts", kState},
                                    {"next_at", kState},
                                    {"done_at", kState},
                                    {"outcome", kState}}};
    return table;
}

OutboxRow OutboxRow::make(const Subject& subject, Random& random) {
    OutboxRow row;
    row.id = OutboxId::random(random);
    row.template_name = subject.template_name;
    row.subject = subject.id;
    row.language = subject.language;
    // Neither names the row: a Message-ID is seen by every relay.
    row.message_id = "<" + base64url::encode(random.bytes<16>()) + "@" + subject.mail_domain + ">";
    row.boundary = "=_" + base64url::encode(random.bytes<16>());
    row.date = subject.date;
    row.expires = subject.expires;
    return row;
}

Status enqueue(storage::Transaction& transaction, const OutboxRow& row, bool is_void) {
    SALLYPORT_TRY(
        [[maybe_unused]] const auto changed,
        transaction.execute("INSERT INTO outbox (id, template, subject_id, language, message_id, "
                            "date, boundary, void, expires_at, attempts, next_at) VALUES ($1, $2, "
                            "$3, $4, $5, $6, $7, $8, $9, 0, $6)",
                            {row.id,
                             row.template_name,
                             row.subject,
                             row.language,
                             row.message_id,
                             row.date,
                             row.boundary,
                             static_cast<std::int64_t>(is_void ? 1 : 0),
                             row.expires}));
    return {};
}

Result<std::int64_t> purge(storage::Transaction& transaction, Time now, std::int64_t batch) {
    constexpr Duration kKept = std::chrono::hours(24);
    return transaction.execute(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at IS NOT NULL AND "
        "done_at < $1 LIMIT $2)",
        {now - kKept, batch});
}

std::string_view name(DeliveryOutcome outcome) {
    switch (outcome) {
        case DeliveryOutcome::kSent:
            return "sent";
        case DeliveryOutcome::kVoid:
            return "void";
        case DeliveryOutcome::kExpired:
            return "expired";
        case DeliveryOutcome::kRefused:
            return "refused";
    }
    return {};
}

}  // namespace sallyport::mail
