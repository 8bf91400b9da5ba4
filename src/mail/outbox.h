#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/secret.h"
#include "seal/table.h"
#include "storage/database.h"

#include <functional>

/// The outbox: rows that say "mail this", without a token or an address (`protocols.md` 3). What a
/// row means comes from a template.
namespace sallyport::mail {

/// State as a whole: a forged row sends nothing that its template does not find verified.
const seal::Table& outboxTable();

/// One mail to be sent. A retry of it gives the same bytes, so everything that varies is in the
/// row.
struct OutboxRow {
    OutboxId id;
    std::string template_name;  ///< as in Template::name
    FixedBytes<16> subject{};   ///< id of the row that the template resolves
    std::string language;
    std::string message_id;  ///< with angle brackets
    Time date;
    std::string boundary;
    bool is_void = false;  ///< nothing goes out, but the same work is done
    Time expires;
    std::int64_t attempts = 0;

    struct Subject {
        std::string template_name;
        FixedBytes<16> id;
        std::string language;
        std::string mail_domain;
        Time date;
        Time expires;
    };

    /// With fresh id, Message-ID and boundary; made outside the body that enqueues it.
    static OutboxRow make(const Subject& subject, Random& random);
};

/// Errors: those of the transaction.
Status enqueue(storage::Transaction& transaction, const OutboxRow& row, bool is_void);

/// Deletes rows that were settled a day ago, at most `batch`. Answers how many.
Result<std::int64_t> purge(storage::Transaction& transaction, Time now, std::int64_t batch);

/// What goes to whom. Secrets, because the text holds the link and the recipient is personal.
struct Letter {
    Secret recipient;  ///< one mailbox, as stored
    std::string subject;
    Secret text;
    Secret html;
};

enum class DeliveryOutcome { kSent, kVoid, kExpired, kRefused };

/// `sent`, `void`, `expired`, `refused`.
std::string_view name(DeliveryOutcome outcome);

/// What rows of one template mean; the composition root builds the table of them.
struct Template {
    std::string_view name;
    /// Empty: nothing is to be sent (void, spent, forged). kUnavailable is tried again within the
    /// row's life.
    std::function<Result<std::optional<Letter>>(const OutboxRow&, Deadline)> resolve;
    /// In the transaction that settles the row.
    std::function<Status(storage::Transaction&, const OutboxRow&, DeliveryOutcome)> settled;
};

}  // namespace sallyport::mail
