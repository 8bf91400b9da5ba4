#pragma once

#include "account/accounts.h"
#include "account/installation.h"
#include "audit/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "mint/mint.h"
#include "seal/sealed_row.h"
#include "tests/support/counting_device.h"
#include "tests/support/fakes.h"
#include "tests/support/watched_database.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sallyport::test {

/// A provisioned house on a SoftHSM token and an SQLite database of its own in a temporary folder:
/// every key made, key states and installation row sealed, the ring loaded from its rows. Keys are
/// made once per test binary and copied per house; one house at a time.
class TestHouse {
  public:
    /// Aborts the test binary with the error if anything fails.
    explicit TestHouse(std::string_view profile = "dev");
    ~TestHouse();
    TestHouse(const TestHouse&) = delete;
    TestHouse& operator=(const TestHouse&) = delete;

    TestClock& clock();
    Random& random();
    Metrics& metrics();
    Log& log();
    CountingDevice& device();
    WatchedDatabase& database();
    mint::Mint& mint();
    seal::Sealer& sealer();
    const audit::EventLog& events();
    const account::Notices& notices();
    account::Directory& directory();

    /// Gives the report to audit::Incidents and remembers it for integrityReports().
    seal::IntegrityReport integrityReport();

    /// Tables and row keys (hexadecimal) that were reported as damaged, `addresses:00ff…`.
    std::vector<std::string> integrityReports() const;

    /// Everything that was logged, one JSON object a line.
    std::vector<std::string> logLines() const;

    const std::string& databasePath() const;

    /// An account with one address, `active` unless said otherwise, as it is found.
    account::Found addAccount(std::string_view address,
                              account::AccountStatus status = account::AccountStatus::kActive,
                              std::set<std::string> roles = {});

    /// SQL as an editor of the database would write it. Answers how many rows changed.
    std::int64_t tamper(std::string_view sql, const std::vector<storage::Value>& parameters = {});
    storage::Rows query(std::string_view sql, const std::vector<storage::Value>& parameters = {});

    /// Types of the events so far, as they were written.
    std::vector<std::string> eventTypes();

    /// Far enough that no test hits it.
    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport::test
