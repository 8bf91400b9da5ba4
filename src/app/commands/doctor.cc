#include "app/commands/commands.h"
#include "app/core.h"
#include "app/outgoing_mail.h"
#include "app/process.h"
#include "app/seal_check.h"
#include "app/secret_file.h"
#include "app/tables.h"
#include "fido/self_test.h"
#include "storage/schema.h"
#include "storage/sqlite_database.h"

#include <sys/timex.h>

#include <filesystem>

namespace sallyport::app::commands {
namespace {

/// One line for each check.
class Findings {
  public:
    explicit Findings(const Output& output) : output_(output) {}

    void ok(const std::string& check, const std::string& text) { add("ok", check, text); }

    void warn(const std::string& check, const std::string& text) { add("warn", check, text); }

    void fail(const std::string& check, const std::string& text) {
        ++failures_;
        add("fail", check, text);
    }

    /// `text` if it went well, else why it did not.
    void judge(const std::string& check, const Status& status, const std::string& text) {
        if (status) {
            ok(check, text);
        } else {
            fail(check, status.error().detail);
        }
    }

    Status finish() const {
        output_.document(Json::Object{{"ok", failures_ == 0}, {"checks", checks_}});
        if (failures_ == 0) return {};
        return sallyport::fail(ErrorCode::kInternal, std::to_string(failures_) + " checks failed");
    }

  private:
    void add(const char* status, const std::string& check, const std::string& text) {
        output_.line(std::string(status) + std::string(6 - std::string_view(status).size(), ' ') +
                     check + ": " + text);
        checks_.emplace_back(Json::Object{{"status", status}, {"check", check}, {"text", text}});
    }

    const Output& output_;
    Json::Array checks_;
    int failures_ = 0;
};

void checkPublicUrl(const Policy& policy, Findings& findings) {
    if (policy.public_url) {
        findings.ok("public_url", policy.public_url->origin());
    } else {
        findings.warn("public_url", "made from the listener's port, for development");
    }
}

void checkClock(Findings& findings) {
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR) {
        findings.warn("clock", "the kernel says that it is not synchronized (NTP or PTP)");
    } else {
        findings.ok("clock", "synchronized");
    }
}

void checkMail(const Config& config, const Policy& policy, Findings& findings) {
    const std::string host = policy.public_url ? policy.public_url->host() : "localhost";
    const auto transport = openTransport(config, host);
    if (!transport) return findings.fail("mail", transport.error().detail);
    if (config.mail.transport == "file")
        return findings.ok("mail", "files in " + config.mail.directory);
    findings.judge("mail",
                   reachMailServer(config),
                   config.mail.host + ":" + std::to_string(config.mail.port) + " answers");
}

/// Everything that the token says, without the database.
void checkToken(const Config& config,
                const Policy& policy,
                hsm::Pkcs11Device& device,
                Findings& findings) {
    const auto inventory = device.inventory(Core::soon());
    if (!inventory) return findings.fail("token", inventory.error().detail);
    findings.ok("token",
                inventory->token_label + ", " + inventory->token_model + ", serial " +
                    inventory->token_serial);
    const auto judged =
        judgeToken(policy.profile, config.hsm.allow_soft_token, inventory->token_model);
    if (!judged) {
        findings.fail("token", judged.error().detail);
    } else if (!judged->empty()) {
        findings.warn("token", *judged);
    }
    for (const auto& entry : inventory->keys) {
        const std::string check = "key " + hsm::text(entry.identity.key);
        if (entry.violations.empty())
            findings.ok(check, std::string(hsm::name(entry.identity.algorithm)));
        for (const std::string& violation : entry.violations) findings.fail(check, violation);
    }
    for (const std::string& stranger : inventory->strangers) {
        findings.warn("token",
                      "an object that is not of ring " + config.hsm.ring + ": " + stranger);
    }
}

/// Absent when the file cannot be used now; the finding says why.
std::unique_ptr<storage::Database> checkDatabase(const Config& config,
                                                 bool seals,
                                                 Ground ground,
                                                 Findings& findings) {
    if (!std::filesystem::exists(config.storage.path)) {
        findings.fail("database", config.storage.path + " is not there: run sallyportd init");
        return nullptr;
    }
    storage::SqliteOptions options;
    options.path = config.storage.path;
    auto database = storage::SqliteDatabase::open(options, ground.log, ground.metrics);
    if (!database && database.error().code == ErrorCode::kConflict) {
        findings.warn("database",
                      "in use, probably by the running service; stop it to have the rows checked");
        if (seals) findings.fail("seals", "not verified: stop the service, then run this again");
        return nullptr;
    }
    if (!database) {
        findings.fail("database", database.error().detail);
        return nullptr;
    }
    const auto version = (*database)->read(Core::soon(), storage::schemaVersion);
    const auto newest = static_cast<std::int64_t>(storage::migrations().size());
    if (!version) {
        findings.fail("database", "there is no schema: run sallyportd init");
        return nullptr;
    }
    const std::string text = "schema " + std::to_string(*version);
    if (*version < newest) {
        findings.warn("database", text + "; serve brings it to " + std::to_string(newest));
    } else if (*version > newest) {
        findings.fail("database", text + " is newer than this program");
    } else {
        findings.ok("database", text + " in " + config.storage.path);
    }
    if (*version != newest) return nullptr;
    return std::move(*database);
}

void checkSealedTables(Core& core, Findings& findings) {
    for (const seal::Table* table : allTables()) {
        if (table->binding != seal::Binding::kSealed) continue;
        const std::string check = "seals of " + std::string(table->name);
        const auto count = checkSeals(core.database(), core.mint(), *table);
        if (!count) {
            findings.fail(check, count.error().detail);
        } else if (count->bad > 0) {
            findings.fail(check,
                          std::to_string(count->bad) + " of " + std::to_string(count->rows) +
                              " rows were not made by this service");
        } else {
            findings.ok(check, std::to_string(count->rows) + " rows");
        }
    }
}

/// The key states, the installation row and, if asked for, every seal.
void checkRows(Core& core, const Policy& policy, bool seals, Findings& findings) {
    const Status ring = core.loadRing();
    findings.judge("key ring", ring, core.config().hsm.ring + ", every key proved");
    if (!ring) return;
    findings.judge(
        "installation", core.judge(policy), "of profile " + std::string(name(policy.profile)));
    if (seals) checkSealedTables(core, findings);
}

}  // namespace

Status doctor(const DoctorOptions& options, const Output& output) {
    SALLYPORT_TRY(const Config config, readConfig(options.config));
    SALLYPORT_TRY(const Policy policy, policyOf(config));
    const SystemClock clock;
    SystemRandom random;
    // What goes wrong is said as a finding.
    Log log(
        clock, [](std::string_view) {}, Log::Level::kError);
    NoMetrics metrics;
    const Ground ground{clock, random, log, metrics};
    hardenProcess(log);
    Findings findings(output);
    findings.ok("configuration", config.file);
    findings.ok("profile", std::string(name(policy.profile)));
    checkPublicUrl(policy, findings);
    checkClock(findings);
    findings.judge("libfido2", fido::selfTest(), "refuses what it must");
    checkMail(config, policy, findings);
    auto database = checkDatabase(config, options.seals, ground, findings);
    auto device = openDevice(config, ground);
    findings.judge("device",
                   device ? Status() : Status(device.error()),
                   "PIN accepted, module " + config.hsm.module);
    if (!device) return findings.finish();
    checkToken(config, policy, **device, findings);
    if (database) {
        const auto core = Core::assemble(config, ground, std::move(database), std::move(*device));
        checkRows(*core, policy, options.seals, findings);
    }
    return findings.finish();
}

}  // namespace sallyport::app::commands
