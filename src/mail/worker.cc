#include "mail/worker.h"

#include <algorithm>

namespace sallyport::mail {
namespace {

using std::chrono::seconds;

constexpr Duration kPoll = seconds(1);
constexpr Duration kDatabaseWait = seconds(5);
constexpr Duration kResolveWait = seconds(5);
constexpr Duration kDeliveryWait = seconds(20);
// Longer than an attempt can take: nobody else has the row meanwhile.
constexpr Duration kLease = seconds(60);
constexpr Duration kFirstPause = seconds(5);
constexpr std::int64_t kMostDoublings = 3;  // 5, 10, 20, 40, 40, … seconds

Result<OutboxRow> readRow(const storage::Row& row) {
    OutboxRow out;
    SALLYPORT_TRY(out.id, row.id<OutboxId>("id"));
    SALLYPORT_TRY(out.template_name, row.text("template"));
    SALLYPORT_TRY(const auto subject, row.id<TokenId>("subject_id"));
    out.subject = subject.bytes;
    SALLYPORT_TRY(out.language, row.text("language"));
    SALLYPORT_TRY(out.message_id, row.text("message_id"));
    SALLYPORT_TRY(out.date, row.time("date"));
    SALLYPORT_TRY(out.boundary, row.text("boundary"));
    SALLYPORT_TRY(const std::int64_t is_void, row.integer("void"));
    out.is_void = is_void != 0;
    SALLYPORT_TRY(out.expires, row.time("expires_at"));
    SALLYPORT_TRY(out.attempts, row.integer("attempts"));
    return out;
}

}  // namespace

Worker::Worker(Parts parts, Sender sender, std::vector<Template> templates)
    : parts_(parts),
      sender_(std::move(sender)),
      templates_(std::move(templates)),
      owner_(parts.random.bytes<16>()) {}

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Worker::start() {
    thread_ = std::thread([this] { loop(); });
}

void Worker::notify() {
    const std::lock_guard lock(mutex_);
    notified_ = true;
    wake_.notify_one();
}

void Worker::loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        notified_ = false;
        lock.unlock();
        if (const auto done = runDue(); !done)
            parts_.log.failure("mail_outbox_unreadable", done.error());
        lock.lock();
        wake_.wait_until(
            lock, Deadline::after(kPoll).at(), [this] { return notified_ || stopping_; });
    }
}

Result<std::size_t> Worker::runDue() {
    std::size_t count = 0;
    while (true) {
        // First, and before any other row: what was accepted must never be sent again.
        SALLYPORT_CHECK(settle());
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return count;
        }
        SALLYPORT_TRY(Leased leased, lease());
        if (!leased.found) return count;
        ++count;
        if (leased.row) SALLYPORT_CHECK(handle(std::move(*leased.row)));
    }
}

Result<Worker::Leased> Worker::lease() {
    const Time now = parts_.clock.now();
    return parts_.database.write(
        Deadline::after(kDatabaseWait),
        [&](storage::Transaction& transaction) { return leaseIn(transaction, now); });
}

Result<Worker::Leased> Worker::leaseIn(storage::Transaction& transaction, Time now) const {
    SALLYPORT_TRY(
        const auto due,
        transaction.first(
            "SELECT id, template, subject_id, language, message_id, date, boundary, void, "
            "expires_at, attempts FROM outbox WHERE done_at IS NULL AND next_at <= $1 AND "
            "(lease_until IS NULL OR lease_until <= $1) ORDER BY next_at LIMIT 1",
            {now}));
    if (!due) return Leased{};
    SALLYPORT_TRY(const storage::Value id, due->value("id"));
    auto row = readRow(*due);
    if (!row) {
        // Not written by us; it must not stand before the others for ever.
        SALLYPORT_CHECK(
            transaction.execute("UPDATE outbox SET done_at = $1, outcome = $2 WHERE id = $3",
                                {now, name(DeliveryOutcome::kRefused), id}));
        return Leased{true, std::nullopt};
    }
    SALLYPORT_TRY(
        const std::int64_t taken,
        transaction.execute(
            "UPDATE outbox SET lease_owner = $2, lease_until = $3, attempts = attempts + 1 "
            "WHERE id = $4 AND done_at IS NULL AND (lease_until IS NULL OR lease_until <= $1)",
            {now, owner_, now + kLease, id}));
    if (taken != 1) return Leased{true, std::nullopt};
    ++row->attempts;
    return Leased{true, std::move(*row)};
}

Status Worker::handle(OutboxRow row) {
    const Verdict verdict = attempt(row);
    if (!verdict) return defer(row);
    unsettled_ = Settled{std::move(row), *verdict};
    return settle();
}

Worker::Verdict Worker::attempt(const OutboxRow& row) {
    if (parts_.clock.now() >= row.expires) {
        parts_.log.warning("mail_expired", {{"mail", row.id.text()}, {"attempts", row.attempts}});
        return DeliveryOutcome::kExpired;
    }
    const Template* const meaning = find(row.template_name);
    if (meaning == nullptr) {
        parts_.log.error("mail_refused",
                         {{"mail", row.id.text()}, {"reason", "there is no such template"}});
        return DeliveryOutcome::kRefused;
    }
    const Deadline deadline = Deadline::after(kDeliveryWait);
    auto letter = meaning->resolve(row, Deadline::after(kResolveWait));
    if (!letter) {
        parts_.log.failure("mail_unresolved", letter.error());
        return std::nullopt;
    }
    if (!letter->has_value()) return DeliveryOutcome::kVoid;
    return send(row, std::move(**letter), deadline);
}

Worker::Verdict Worker::send(const OutboxRow& row, Letter letter, Deadline deadline) {
    const auto message = compose(sender_, row, letter);
    if (!message) {
        parts_.log.error("mail_refused",
                         {{"mail", row.id.text()}, {"reason", message.error().detail}});
        return DeliveryOutcome::kRefused;
    }
    const Envelope envelope{sender_.mailbox, std::move(letter.recipient), row.message_id};
    const Outcome outcome = parts_.transport.deliver(envelope, *message, deadline);
    switch (outcome.reply) {
        case Outcome::Class::kDelivered:
            parts_.log.info("mail_sent", {{"mail", row.id.text()}, {"attempts", row.attempts}});
            return DeliveryOutcome::kSent;
        case Outcome::Class::kPermanent:
            parts_.log.error("mail_refused", {{"mail", row.id.text()}, {"reason", outcome.reason}});
            return DeliveryOutcome::kRefused;
        case Outcome::Class::kTemporary:
            break;
    }
    parts_.log.warning(
        "mail_deferred",
        {{"mail", row.id.text()}, {"reason", outcome.reason}, {"attempts", row.attempts}});
    return std::nullopt;
}

const Template* Worker::find(std::string_view name) const {
    const auto found = std::find_if(templates_.begin(),
                                    templates_.end(),
                                    [name](const Template& each) { return each.name == name; });
    return found == templates_.end() ? nullptr : &*found;
}

Status Worker::settle() {
    if (!unsettled_) return {};
    Status settled = parts_.database.write(
        Deadline::after(kDatabaseWait),
        [&](storage::Transaction& transaction) { return settleIn(transaction, true); });
    if (!settled && settled.error().code != ErrorCode::kUnavailable) {
        // Nothing that a template says may send a mail twice, or keep the others waiting.
        parts_.log.failure("mail_settled_without_template", settled.error());
        settled = parts_.database.write(
            Deadline::after(kDatabaseWait),
            [&](storage::Transaction& transaction) { return settleIn(transaction, false); });
    }
    SALLYPORT_CHECK(settled);
    parts_.metrics.count("sallyport_mail_total", {{"outcome", name(unsettled_->outcome)}});
    unsettled_.reset();
    return {};
}

Status Worker::settleIn(storage::Transaction& transaction, bool with_template) const {
    const OutboxRow& row = unsettled_->row;
    SALLYPORT_TRY(
        const std::int64_t changed,
        transaction.execute(
            "UPDATE outbox SET done_at = $1, outcome = $2, lease_owner = NULL, lease_until = NULL "
            "WHERE id = $3 AND done_at IS NULL",
            {parts_.clock.now(), name(unsettled_->outcome), row.id}));
    const Template* const meaning = find(row.template_name);
    if (changed != 1 || !with_template || meaning == nullptr || !meaning->settled) return {};
    return meaning->settled(transaction, row, unsettled_->outcome);
}

Status Worker::defer(const OutboxRow& row) {
    const auto doublings = std::min(row.attempts - 1, kMostDoublings);
    const Duration pause = kFirstPause * (std::int64_t{1} << doublings);
    // Between three and five quarters, so that mails that failed together do not come back
    // together.
    const auto quarter = pause / 4;
    const auto jitter = quarter * 2 * std::int64_t{parts_.random.bytes<1>()[0]} / 255;
    const Time next = std::min(parts_.clock.now() + pause - quarter + jitter, row.expires);
    parts_.metrics.count("sallyport_mail_total", {{"outcome", "deferred"}});
    return parts_.database.write(
        Deadline::after(kDatabaseWait), [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(transaction.execute(
                "UPDATE outbox SET next_at = $1, lease_owner = NULL, lease_until = NULL "
                "WHERE id = $2 AND lease_owner = $3 AND done_at IS NULL",
                {next, row.id, owner_}));
            return {};
        });
}

}  // namespace sallyport::mail
