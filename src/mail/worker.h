#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "mail/message.h"
#include "mail/transport.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace sallyport::mail {

/// Sends what waits in the outbox: leases a row, asks its template, composes, hands over, settles.
/// At least once, always with the same Message-ID and bytes; never again after a definite
/// acceptance by this process. Logs neither addresses nor texts.
class Worker {
  public:
    struct Parts {
        storage::Database& database;
        Transport& transport;
        const Clock& clock;
        Random& random;
        Log& log;
        Metrics& metrics;
    };

    /// `parts` outlive the worker. Nothing happens before start().
    Worker(Parts parts, Sender sender, std::vector<Template> templates);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Waits for the mail in hand, at most 20 seconds.
    ~Worker();

    /// A thread that looks when notified, and once a second.
    void start();

    /// There is something new: call it after the commit. Thread-safe.
    void notify();

    /// Does everything that is due now. How many rows it took in hand. For the worker's thread;
    /// tests call it instead of start(). Errors: those of the database.
    Result<std::size_t> runDue();

  private:
    struct Settled {
        OutboxRow row;
        DeliveryOutcome outcome;
    };

    /// What became of a row: an outcome, or nothing yet.
    using Verdict = std::optional<DeliveryOutcome>;

    struct Leased {
        bool found = false;            ///< a row was due
        std::optional<OutboxRow> row;  ///< it is ours and can be read
    };

    void loop();
    Result<Leased> lease();
    Result<Leased> leaseIn(storage::Transaction& transaction, Time now) const;
    Status handle(OutboxRow row);
    Verdict attempt(const OutboxRow& row);
    Verdict send(const OutboxRow& row, Letter letter, Deadline deadline);
    const Template* find(std::string_view name) const;
    Status settle();
    Status settleIn(storage::Transaction& transaction, bool with_template) const;
    Status defer(const OutboxRow& row);

    const Parts parts_;
    const Sender sender_;
    const std::vector<Template> templates_;
    const FixedBytes<16> owner_;
    std::optional<Settled> unsettled_;  // decided, but not yet committed

    std::mutex mutex_;
    std::condition_variable wake_;
    bool notified_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sallyport::mail
