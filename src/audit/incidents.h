#pragma once

#include "audit/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "seal/sealed_row.h"

/// Rows that are not what this service made (`protocols.md` 8): the damaged row is left as it is,
/// and that it was seen becomes a sealed row and an event of their own.
namespace sallyport::audit {

/// Thread-safe. Everything it is given outlives it.
class Incidents {
  public:
    Incidents(storage::Database& database,
              mint::Mint& mint,
              const EventLog& events,
              const Clock& clock,
              Random& random,
              Metrics& metrics,
              Log& log);
    Incidents(const Incidents&) = delete;
    Incidents& operator=(const Incidents&) = delete;

    /// Writes an incident row and an event `integrity`, once for each damaged row for as long as
    /// its incident row stands; counts `sallyport_integrity_total{table}` each time. In a
    /// transaction of its own, so never call it inside one. Never fails: the caller has an error of
    /// his own to answer with, and what could not be written is logged and counted
    /// (`sallyport_integrity_unwritten_total`). `kind` says how it was found: `seal`, `token`,
    /// `content`.
    void report(std::string_view kind, std::string_view table, const Bytes& key);

    /// report() for a Sealer. Must not outlive this object.
    seal::IntegrityReport reporter(std::string_view kind = "seal");

  private:
    struct Known;
    Result<Known> find(std::string_view table, const Bytes& key, Deadline deadline);
    Status write(std::string_view kind,
                 std::string_view table,
                 const Bytes& key,
                 const Known& known,
                 Deadline deadline);

    storage::Database& database_;
    const EventLog& events_;
    const Clock& clock_;
    Random& random_;
    Metrics& metrics_;
    Log& log_;
    /// Its own, because a damaged incident row must not be reported to whom it would come back.
    seal::Sealer sealer_;
};

}  // namespace sallyport::audit
