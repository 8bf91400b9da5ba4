#include "app/core.h"

#include "app/outgoing_mail.h"
#include "app/secret_file.h"
#include "keyring/key_states.h"
#include "storage/sqlite_database.h"

#include <cstdlib>

#include <filesystem>

namespace sallyport::app {
namespace {

Error notInitialized(const Config& config) {
    return fail(
        ErrorCode::kNotFound,
        config.storage.path + ": this installation is not initialized; run sallyportd init");
}

}  // namespace

Log::Level logLevel(const Config& config) {
    if (config.log.level == "debug") return Log::Level::kDebug;
    if (config.log.level == "warning") return Log::Level::kWarning;
    if (config.log.level == "error") return Log::Level::kError;
    return Log::Level::kInfo;
}

Result<std::unique_ptr<storage::Database>> openDatabase(const Config& config,
                                                        bool make,
                                                        Ground ground) {
    std::error_code ignored;
    if (!make && !std::filesystem::exists(config.storage.path, ignored))
        return notInitialized(config);
    storage::SqliteOptions options;
    options.path = config.storage.path;
    SALLYPORT_TRY(auto database,
                  storage::SqliteDatabase::open(options, ground.log, ground.metrics));
    SALLYPORT_CHECK(database->migrate(Core::soon()));
    return database;
}

Result<std::unique_ptr<hsm::Pkcs11Device>> openDevice(const Config& config, Ground ground) {
    // SoftHSM knows its configuration only from the environment, and reads it when it is loaded.
    if (!config.hsm.softhsm_conf.empty())
        ::setenv("SOFTHSM2_CONF", config.hsm.softhsm_conf.c_str(), 1);
    auto pin = readSecretFile(config.hsm.pin_file);
    if (!pin) return config.refuse("hsm.pin_file", pin.error().detail);
    hsm::Pkcs11Options options;
    options.module_path = config.hsm.module;
    options.token_label = config.hsm.token_label;
    options.ring = config.hsm.ring;
    options.pin = std::move(*pin);
    options.lanes = static_cast<std::size_t>(config.hsm.lanes);
    options.queue = static_cast<std::size_t>(config.hsm.queue);
    options.operation_deadline = config.hsm.deadline;
    auto device =
        hsm::Pkcs11Device::open(std::move(options), ground.log, ground.metrics, ground.random);
    if (device) return device;
    // A refused PIN is a failure of this start, not a refusal by policy.
    if (device.error().code == ErrorCode::kForbidden)
        return fail(ErrorCode::kUnauthenticated,
                    config.refuse("hsm.pin_file", device.error().detail).detail);
    return Error{device.error().code,
                 config.refuse("hsm.module", device.error().detail).detail,
                 device.error().retry_after_seconds};
}

Core::Core(const Config& config,
           Ground ground,
           std::unique_ptr<storage::Database> database,
           std::unique_ptr<hsm::Pkcs11Device> device)
    : config_(config),
      ground_(ground),
      database_(std::move(database)),
      device_(std::move(device)),
      mint_(*device_, ground.clock, ground.random, ground.metrics),
      events_(ground.clock, ground.random),
      incidents_(
          *database_, mint_, events_, ground.clock, ground.random, ground.metrics, ground.log),
      sealer_(mint_, incidents_.reporter()),
      account_notices_(ground.clock, ground.random, mailDomain(config)) {}

Result<std::unique_ptr<Core>> Core::openEmpty(const Config& config, Ground ground) {
    SALLYPORT_TRY(auto database, openDatabase(config, true, ground));
    SALLYPORT_TRY(auto device, openDevice(config, ground));
    return assemble(config, ground, std::move(database), std::move(device));
}

std::unique_ptr<Core> Core::assemble(const Config& config,
                                     Ground ground,
                                     std::unique_ptr<storage::Database> database,
                                     std::unique_ptr<hsm::Pkcs11Device> device) {
    return std::unique_ptr<Core>(new Core(config, ground, std::move(database), std::move(device)));
}

Result<std::unique_ptr<Core>> Core::open(const Config& config,
                                         const Policy& policy,
                                         Ground ground) {
    SALLYPORT_TRY(auto database, openDatabase(config, false, ground));
    SALLYPORT_TRY(auto device, openDevice(config, ground));
    auto core = assemble(config, ground, std::move(database), std::move(device));
    SALLYPORT_CHECK(core->loadRing());
    SALLYPORT_CHECK(core->judge(policy));
    SALLYPORT_CHECK(core->openDirectory());
    return core;
}

Status Core::loadRing() {
    SALLYPORT_TRY(auto rows, keyring::load(*database_, soon()));
    if (rows.empty()) return notInitialized(config_);
    return mint_.loadRing(std::move(rows), soon());
}

Status Core::judge(const Policy& policy) {
    SALLYPORT_TRY(const auto installation, account::readInstallation(*database_, sealer_, soon()));
    if (installation.ring != config_.hsm.ring)
        return fail(
            ErrorCode::kIntegrity,
            config_.refuse("hsm.ring", "this database was made for another key ring").detail);
    SALLYPORT_CHECK(judgeInstallation(policy.profile, installation.profile));
    SALLYPORT_TRY(const auto inventory, device_->inventory(soon()));
    SALLYPORT_TRY(std::string notice,
                  judgeToken(policy.profile, config_.hsm.allow_soft_token, inventory.token_model));
    if (!notice.empty()) notices_.push_back(std::move(notice));
    if (policy.profile == Profile::kDev)
        notices_.emplace_back("profile dev: not for real accounts");
    return {};
}

Status Core::openDirectory() {
    SALLYPORT_TRY(directory_,
                  account::Directory::open({mint_,
                                            *database_,
                                            sealer_,
                                            events_,
                                            ground_.clock,
                                            ground_.random,
                                            incidents_.reporter(),
                                            account_notices_},
                                           soon()));
    return {};
}

}  // namespace sallyport::app
