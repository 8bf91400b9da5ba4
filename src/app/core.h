#pragma once

#include "account/accounts.h"
#include "account/installation.h"
#include "app/profile.h"
#include "audit/incidents.h"
#include "base/log.h"
#include "hsm/pkcs11_device.h"
#include "mint/local_mint.h"

#include <memory>

namespace sallyport::app {

/// What everything stands on. `metrics` and `log` outlive whoever is given this.
struct Ground {
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
};

/// What the configuration calls this level. Errors of the name were found when it was read.
Log::Level logLevel(const Config& config);

/// Errors: kNotFound (exit 1) if the file is not there and may not be made; those of the database.
Result<std::unique_ptr<storage::Database>> openDatabase(const Config& config,
                                                        bool make,
                                                        Ground ground);

/// Reads the PIN and logs in, once. Sets SOFTHSM2_CONF before the module is loaded if the
/// configuration says so. Errors: kUnauthenticated for a refused PIN, kInvalidRequest for a PIN
/// file that is not as it must be; those of Pkcs11Device::open.
Result<std::unique_ptr<hsm::Pkcs11Device>> openDevice(const Config& config, Ground ground);

/// Device, database and the rooms between them that every command needs, in the order of their
/// start; torn down in reverse, C_Finalize last but one.
class Core {
  public:
    /// For `init`: opens both (the database is made), with an empty ring.
    static Result<std::unique_ptr<Core>> openEmpty(const Config& config, Ground ground);

    /// For everything else: an initialized installation with its ring loaded and its row checked.
    /// Errors: kNotFound if `init` did not run; kIntegrity naming the keys that are missing,
    /// doubled, weak or changed; kForbidden for what the profile does not allow.
    static Result<std::unique_ptr<Core>> open(const Config& config,
                                              const Policy& policy,
                                              Ground ground);

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// For `doctor`: a database that is there and not brought up to date, with an empty ring.
    static std::unique_ptr<Core> assemble(const Config& config,
                                          Ground ground,
                                          std::unique_ptr<storage::Database> database,
                                          std::unique_ptr<hsm::Pkcs11Device> device);

    /// Reads the key states and proves every key. Errors as of open().
    Status loadRing();

    /// The installation row and the token are such as configuration and profile want them. Errors
    /// as of open().
    Status judge(const Policy& policy);

    /// Once a ring stands. Errors: those of the mint.
    Status openDirectory();

    const Config& config() const { return config_; }

    storage::Database& database() { return *database_; }

    hsm::Pkcs11Device& device() { return *device_; }

    mint::LocalMint& mint() { return mint_; }

    const audit::EventLog& events() const { return events_; }

    audit::Incidents& incidents() { return incidents_; }

    /// What holders of accounts are told by mail.
    const account::Notices& accountNotices() const { return account_notices_; }

    seal::Sealer& sealer() { return sealer_; }

    /// After openDirectory().
    account::Directory& directory() { return *directory_; }

    /// What operators must be told while this runs; of open() only.
    const std::vector<std::string>& notices() const { return notices_; }

    /// Generous: for start and for commands, not for requests.
    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

  private:
    Core(const Config& config,
         Ground ground,
         std::unique_ptr<storage::Database> database,
         std::unique_ptr<hsm::Pkcs11Device> device);

    const Config config_;
    const Ground ground_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<hsm::Pkcs11Device> device_;
    mint::LocalMint mint_;
    audit::EventLog events_;
    audit::Incidents incidents_;
    seal::Sealer sealer_;
    account::Notices account_notices_;
    std::unique_ptr<account::Directory> directory_;
    std::vector<std::string> notices_;
};

}  // namespace sallyport::app
