#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "storage/database.h"

/// The audit log's writing side (`protocols.md` 7). Sequencer, tree and checkpoints come with the
/// log itself.
namespace sallyport::audit {

/// What happened. Members are fixed:
/// `{"v":1,"id","at","type","result","actor"?,"subject"?,"trace"?,"data"?,"private"?}`; `private`
/// is the hash of the erasable payload.
struct Event {
    std::string type;    ///< `link.redeemed`, `session.ended`, `integrity` …
    std::string result;  ///< `ok`, `refused`, `failed`
    std::optional<AccountId> actor;
    std::optional<AccountId> subject;
    Json::Object data;  ///< no personal data, no secrets
    Json::Object
        private_data;  ///< goes beside the log with a salt; only `H(salt ‖ payload)` enters it
};

/// Writes events in the transaction of their effect. Thread-safe.
class EventLog {
  public:
    EventLog(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

    /// An event ready to be written; made outside the body, because a body may run twice.
    struct Prepared {
        EventId id;
        Time at;
        std::string entry;  ///< canonical JSON
        Digest leaf;        ///< RFC 9162: SHA-256(00 ‖ entry)
        std::optional<FixedBytes<16>> salt;
        std::string payload;
    };

    Result<Prepared> prepare(const Event& event) const;

  private:
    const Clock& clock_;
    Random& random_;
};

/// Errors: those of the transaction.
Status append(storage::Transaction& transaction, const EventLog::Prepared& event);

}  // namespace sallyport::audit
