#include "audit/incidents.h"

#include "audit/tables.h"

#include <algorithm>

namespace sallyport::audit {

namespace {

using IncidentId = Id<struct IncidentTag>;

/// Of its own: the request that met the damage may have little time left.
constexpr Duration kPatience = std::chrono::seconds(2);

/// An editor may write any number of rows that look like incidents; only this many are verified.
constexpr std::string_view kFind =
    "SELECT id, at, kind, table_name, row_key, event_id, version, seal_gen, seal FROM incidents "
    "WHERE table_name = $1 AND row_key = $2 ORDER BY at DESC LIMIT 8";

constexpr std::string_view kFindIds =
    "SELECT id FROM incidents WHERE table_name = $1 AND row_key = $2 ORDER BY at DESC LIMIT 8";

}  // namespace

/// The incident rows of one damaged row.
struct Incidents::Known {
    std::vector<storage::Value> ids;
    bool verified = false;  ///< one of them is ours
};

Incidents::Incidents(storage::Database& database,
                     mint::Mint& mint,
                     const EventLog& events,
                     const Clock& clock,
                     Random& random,
                     Metrics& metrics,
                     Log& log)
    : database_(database),
      events_(events),
      clock_(clock),
      random_(random),
      metrics_(metrics),
      log_(log),
      sealer_(mint, [this](std::string_view table, const Bytes& key) {
          metrics_.count("sallyport_integrity_total", {{"table", table}});
          log_.error("integrity", {{"kind", "seal"}, {"table", table}, {"row", toHex(key)}});
      }) {}

void Incidents::report(std::string_view kind, std::string_view table, const Bytes& key) {
    metrics_.count("sallyport_integrity_total", {{"table", table}});
    log_.error("integrity", {{"kind", kind}, {"table", table}, {"row", toHex(key)}});
    const Deadline deadline = Deadline::after(kPatience);
    const auto known = find(table, key, deadline);
    if (known && known->verified) return;
    const Status written = known ? write(kind, table, key, *known, deadline) : known.error();
    if (written) return;
    metrics_.count("sallyport_integrity_unwritten_total");
    log_.failure("integrity_unwritten", written.error());
}

seal::IntegrityReport Incidents::reporter(std::string_view kind) {
    return [this, kind = std::string(kind)](std::string_view table, const Bytes& key) {
        report(kind, table, key);
    };
}

Result<Incidents::Known> Incidents::find(std::string_view table,
                                         const Bytes& key,
                                         Deadline deadline) {
    SALLYPORT_TRY(storage::Rows rows,
                  database_.read(deadline, [&](storage::Transaction& transaction) {
                      return transaction.query(kFind, {table, key});
                  }));
    Known known;
    for (storage::Row& row : rows) {
        SALLYPORT_TRY(storage::Value id, row.value("id"));
        known.ids.push_back(std::move(id));
        // One by one, so that a forged row beside a good one cannot make the good one unseen.
        if (known.verified) continue;
        std::vector<seal::UnverifiedRow> one;
        one.push_back({&incidentsTable(), std::move(row)});
        const auto verified = sealer_.verify(std::move(one), deadline);
        known.verified = verified.has_value();
        if (!verified && verified.error().code != ErrorCode::kIntegrity) return verified.error();
    }
    return known;
}

Status Incidents::write(std::string_view kind,
                        std::string_view table,
                        const Bytes& key,
                        const Known& known,
                        Deadline deadline) {
    const auto id = IncidentId::random(random_);
    SALLYPORT_TRY(const EventLog::Prepared event,
                  events_.prepare({"integrity",
                                   "refused",
                                   std::nullopt,
                                   std::nullopt,
                                   {{"incident", id.text()},
                                    {"kind", kind},
                                    {"table", table},
                                    {"row", base64url::encode(key)}},
                                   {}}));
    storage::Row row;
    row.set("id", id);
    row.set("at", clock_.now());
    row.set("kind", kind);
    row.set("table_name", table);
    row.set("row_key", key);
    row.set("event_id", event.id);
    SALLYPORT_TRY(const seal::SealedRow sealed,
                  sealer_.seal(incidentsTable(), std::move(row), deadline));
    return database_.write(deadline, [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_TRY(const storage::Rows rows, transaction.query(kFindIds, {table, key}));
        for (const storage::Row& found : rows) {
            SALLYPORT_TRY(const storage::Value other, found.value("id"));
            // Somebody else saw the same damage meanwhile and was faster.
            if (std::find(known.ids.begin(), known.ids.end(), other) == known.ids.end()) return {};
        }
        SALLYPORT_CHECK(seal::Sealer::insert(transaction, sealed));
        return append(transaction, event);
    });
}

}  // namespace sallyport::audit
