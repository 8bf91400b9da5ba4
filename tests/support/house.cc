#include "tests/support/house.h"

#include "audit/incidents.h"
#include "hsm/pkcs11_device.h"
#include "keyring/key_states.h"
#include "mint/local_mint.h"
#include "storage/sqlite_database.h"
#include "tests/support/softhsm.h"

#include <filesystem>
#include <iostream>
#include <mutex>

namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDatabaseFile = "house.db";

[[noreturn]] void broken(std::string_view what, const Error& error) {
    std::cerr << "TestHouse: " << what << ": " << name(error.code) << ": " << error.detail << '\n';
    std::abort();
}

template <class T>
T must(Result<T> result, std::string_view what) {
    if (!result) broken(what, result.error());
    return std::move(*result);
}

void must(Status status, std::string_view what) {
    if (!status) broken(what, status.error());
}

/// What every house stands on; the order of the members is the order of the start.
struct Ground {
    explicit Ground(const fs::path& folder)
        : path((folder / kDatabaseFile).string()),
          log(clock,
              [this](std::string_view line) {
                  const std::lock_guard lock(lines_mutex);
                  lines.emplace_back(line);
              }),
          events(clock, random) {}

    /// Opens device and database; the token must be in place.
    void open(const SoftHsmToken& token) {
        pkcs11 = must(hsm::Pkcs11Device::open(token.options(), log, metrics, random), "open token");
        device = std::make_unique<CountingDevice>(*pkcs11);
        mint = std::make_unique<mint::LocalMint>(*device, clock, random, metrics);
        mint->issueAs("https://id.example");
        storage::SqliteOptions options;
        options.path = path;
        options.run_bodies_twice = true;
        database = must(storage::SqliteDatabase::open(options, log, metrics), "open database");
        must(database->migrate(TestHouse::soon()), "migrate");
    }

    const std::string path;
    TestClock clock;
    SystemRandom random;
    NoMetrics metrics;
    mutable std::mutex lines_mutex;
    std::vector<std::string> lines;
    Log log;
    audit::EventLog events;
    std::unique_ptr<hsm::Pkcs11Device> pkcs11;
    std::unique_ptr<CountingDevice> device;
    std::unique_ptr<mint::LocalMint> mint;
    std::unique_ptr<storage::Database> database;
};

/// First provisioning, as `init` does it: keys, then their rows under the new seal key.
void provision(Ground& ground) {
    std::vector<hsm::KeyIdentity> keys;
    for (const keyring::FirstKey& key : keyring::firstKeys()) {
        keys.push_back(
            must(ground.device->generate(key.key, key.algorithm, TestHouse::soon()), "make keys"));
    }
    must(ground.mint->adopt(keyring::firstRecords(keys)), "adopt keys");
    seal::Sealer sealer(*ground.mint, [](std::string_view, const Bytes&) {});
    const auto rows =
        must(keyring::sealFirst(sealer, keys, ground.clock.now(), TestHouse::soon()), "seal keys");
    must(ground.database->write(TestHouse::soon(),
                                [&rows](storage::Transaction& transaction) {
                                    return keyring::insertFirst(transaction, rows);
                                }),
         "write key states");
}

/// A token with every key and a database with their rows, made once and removed when the binary
/// ends.
class Provisioned {
  public:
    Provisioned() {
        const SoftHsmToken token;
        {
            Ground ground(folder_.path());
            ground.open(token);
            provision(ground);
        }
        fs::copy(token.folder() / "tokens", tokens(), fs::copy_options::recursive);
    }

    void copyTo(const SoftHsmToken& token, const fs::path& folder) const {
        fs::remove_all(token.folder() / "tokens");
        fs::copy(tokens(), token.folder() / "tokens", fs::copy_options::recursive);
        for (const auto& entry : fs::directory_iterator(folder_.path())) {
            if (entry.is_regular_file()) fs::copy(entry.path(), folder / entry.path().filename());
        }
    }

  private:
    fs::path tokens() const { return folder_.path() / "tokens"; }

    TemporaryDirectory folder_;
};

const Provisioned& provisioned() {
    static const Provisioned once;
    return once;
}

}  // namespace

struct TestHouse::Parts {
    explicit Parts(const Provisioned& template_house) : ground(folder.path()) {
        template_house.copyTo(token, folder.path());
        ground.open(token);
    }

    TemporaryDirectory folder;
    SoftHsmToken token;
    Ground ground;
    std::unique_ptr<WatchedDatabase> database;
    std::unique_ptr<audit::Incidents> incidents;
    mutable std::mutex reports_mutex;
    std::vector<std::string> reports;
    std::unique_ptr<seal::Sealer> sealer;
    account::Notices notices{ground.clock, ground.random, "id.example"};
    std::unique_ptr<account::Directory> directory;
};

TestHouse::TestHouse(std::string_view profile)
    // The template's device is closed before the token of this house is made.
    : parts_(std::make_unique<Parts>(provisioned())) {
    Ground& ground = parts_->ground;
    must(ground.mint->loadRing(must(keyring::load(*ground.database, soon()), "read key states"),
                               soon()),
         "load ring");
    parts_->database = std::make_unique<WatchedDatabase>(*ground.database);
    parts_->incidents = std::make_unique<audit::Incidents>(*parts_->database,
                                                           *ground.mint,
                                                           ground.events,
                                                           ground.clock,
                                                           ground.random,
                                                           ground.metrics,
                                                           ground.log);
    parts_->sealer = std::make_unique<seal::Sealer>(*ground.mint, integrityReport());
    const auto installation =
        must(account::sealInstallation(
                 *parts_->sealer, SoftHsmToken::kRing, profile, ground.clock.now(), soon()),
             "seal installation");
    must(database().write(soon(),
                          [&installation](storage::Transaction& transaction) {
                              return seal::Sealer::insert(transaction, installation);
                          }),
         "write installation");
    parts_->directory = must(account::Directory::open({*ground.mint,
                                                       *parts_->database,
                                                       *parts_->sealer,
                                                       ground.events,
                                                       ground.clock,
                                                       ground.random,
                                                       integrityReport(),
                                                       parts_->notices},
                                                      soon()),
                             "open directory");
}

TestHouse::~TestHouse() = default;

TestClock& TestHouse::clock() {
    return parts_->ground.clock;
}

Random& TestHouse::random() {
    return parts_->ground.random;
}

Metrics& TestHouse::metrics() {
    return parts_->ground.metrics;
}

Log& TestHouse::log() {
    return parts_->ground.log;
}

CountingDevice& TestHouse::device() {
    return *parts_->ground.device;
}

WatchedDatabase& TestHouse::database() {
    return *parts_->database;
}

mint::Mint& TestHouse::mint() {
    return *parts_->ground.mint;
}

seal::Sealer& TestHouse::sealer() {
    return *parts_->sealer;
}

const audit::EventLog& TestHouse::events() {
    return parts_->ground.events;
}

const account::Notices& TestHouse::notices() {
    return parts_->notices;
}

account::Directory& TestHouse::directory() {
    return *parts_->directory;
}

seal::IntegrityReport TestHouse::integrityReport() {
    return [parts = parts_.get(), report = parts_->incidents->reporter()](std::string_view table,
                                                                          const Bytes& key) {
        {
            const std::lock_guard lock(parts->reports_mutex);
            parts->reports.push_back(std::string(table) + ":" + toHex(key));
        }
        report(table, key);
    };
}

std::vector<std::string> TestHouse::integrityReports() const {
    const std::lock_guard lock(parts_->reports_mutex);
    return parts_->reports;
}

std::vector<std::string> TestHouse::logLines() const {
    const std::lock_guard lock(parts_->ground.lines_mutex);
    return parts_->ground.lines;
}

const std::string& TestHouse::databasePath() const {
    return parts_->ground.path;
}

account::Found TestHouse::addAccount(std::string_view address,
                                     account::AccountStatus status,
                                     std::set<std::string> roles) {
    const auto mailbox = must(account::MailAddress::parse(address), "parse address");
    must(directory().create(
             {account::Kind::kPerson, mailbox.duplicate(), status, std::move(roles), std::nullopt},
             soon()),
         "create account");
    auto found = must(directory().find(mailbox, soon()), "find account");
    if (!found.has_value()) broken("find account", fail(ErrorCode::kNotFound, "it is not there"));
    return std::move(*found);
}

std::int64_t TestHouse::tamper(std::string_view sql,
                               const std::vector<storage::Value>& parameters) {
    return must(database().write(soon(),
                                 [&](storage::Transaction& transaction) {
                                     return transaction.execute(sql, parameters);
                                 }),
                "tamper");
}

storage::Rows TestHouse::query(std::string_view sql,
                               const std::vector<storage::Value>& parameters) {
    return must(database().read(soon(),
                                [&](storage::Transaction& transaction) {
                                    return transaction.query(sql, parameters);
                                }),
                "query");
}

std::vector<std::string> TestHouse::eventTypes() {
    std::vector<std::string> types;
    for (const storage::Row& row : query("SELECT entry FROM events ORDER BY rowid")) {
        const Json entry = must(Json::parse(must(row.text("entry"), "event")), "event");
        const Json* type = entry.find("type");
        types.push_back(type == nullptr || type->asString() == nullptr ? "?" : *type->asString());
    }
    return types;
}

}  // namespace sallyport::test
