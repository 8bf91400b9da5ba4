#include "app/commands/commands.h"
#include "app/commands/ticket.h"
#include "app/core.h"
#include "app/new_config.h"
#include "app/process.h"
#include "keyring/key_states.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>

namespace sallyport::app::commands {
namespace {

namespace fs = std::filesystem;

using Operators = std::vector<account::MailAddress>;

/// Told on a terminal, `regulated` on an empty line; a script must say what it wants.
Result<Profile> chooseProfile(const std::string& given) {
    std::string answer = given;
    if (answer.empty()) {
        if (::isatty(STDIN_FILENO) == 0)
            return fail(ErrorCode::kInvalidRequest,
                        "--profile is missing: dev, standard or regulated");
        std::cout << "Profile (dev, standard, regulated) [regulated]: " << std::flush;
        std::getline(std::cin, answer);
        if (answer.empty()) answer = name(Profile::kRegulated);
    }
    const auto profile = profileFromName(answer);
    if (!profile)
        return fail(ErrorCode::kInvalidRequest, "a profile is dev, standard or regulated");
    return *profile;
}

Result<Operators> parseOperators(const std::vector<std::string>& typed) {
    Operators operators;
    for (const std::string& text : typed) {
        auto address = account::MailAddress::parse(text);
        if (!address)
            return fail(ErrorCode::kInvalidRequest,
                        "--operator " + text + ": " + address.error().detail);
        bool known = false;
        for (const auto& other : operators) known = known || other.text() == address->text();
        if (!known) operators.push_back(std::move(*address));
    }
    return operators;
}

Result<std::string> makeState(const std::string& given) {
    std::error_code error;
    const fs::path state = fs::absolute(given, error).lexically_normal();
    if (!error) fs::create_directories(state, error);
    if (error) return fail(ErrorCode::kInvalidRequest, given + ": " + error.message());
    std::string text = state.string();
    if (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

/// What stands in the file, which is written first if it is not there.
Result<Config> settleConfig(const InitOptions& options,
                            const std::string& state,
                            const std::string& path,
                            const Output& output) {
    if (!fs::exists(path)) {
        SALLYPORT_TRY(const Profile profile, chooseProfile(options.profile));
        SALLYPORT_CHECK(judgeProfile(profile));
        SALLYPORT_CHECK(writeNewFile(path, asBytes(newConfig(profile, state, options.dev_token))));
        output.line("configuration: " + path + " (profile " + std::string(name(profile)) + ")");
        if (!options.dev_token)
            return fail(ErrorCode::kInvalidRequest,
                        path +
                            " was written with examples: set service.public_url, [hsm] and "
                            "[mail], put the PIN into its file, and run init again");
    }
    SALLYPORT_TRY(Config config, readConfig(path));
    if (!options.profile.empty() && options.profile != config.service.profile)
        return config.refuse(
            "service.profile",
            "is " + config.service.profile + ", not " + options.profile + " as --profile says");
    return config;
}

/// Errors: kConflict if keys are known already.
Status requireNew(const Config& config, Ground ground) {
    if (!fs::exists(config.storage.path)) return {};
    SALLYPORT_TRY(const auto database, openDatabase(config, false, ground));
    SALLYPORT_TRY(const auto rows, keyring::load(*database, Core::soon()));
    if (rows.empty()) return {};
    return fail(ErrorCode::kConflict,
                config.storage.path +
                    " is initialized already; nothing was changed. Start it with: sallyportd "
                    "serve --config " +
                    config.file + " (or give another --state)");
}

/// Keys of this ring that no database knows: from an `init` that failed, if its mark is there, and
/// then they go; else they may be somebody's.
Status clearRing(Core& core, const std::string& mark) {
    SALLYPORT_TRY(const auto inventory, core.device().inventory(Core::soon()));
    if (!inventory.keys.empty() && !fs::exists(mark))
        return fail(ErrorCode::kConflict,
                    "the token has keys of ring \"" + core.config().hsm.ring +
                        "\" already, which this database does not know: restore its database, or "
                        "choose another hsm.ring");
    if (!fs::exists(mark)) SALLYPORT_CHECK(writeNewFile(mark, asBytes(core.config().hsm.ring)));
    for (const auto& entry : inventory.keys)
        SALLYPORT_CHECK(core.device().destroy(entry.identity, Core::soon()));
    return {};
}

Result<std::vector<hsm::KeyIdentity>> makeKeys(Core& core) {
    std::vector<hsm::KeyIdentity> keys;
    for (const keyring::FirstKey& first : keyring::firstKeys()) {
        SALLYPORT_TRY(const hsm::KeyIdentity key,
                      core.device().generate(first.key, first.algorithm, Core::soon()));
        keys.push_back(key);
    }
    SALLYPORT_CHECK(core.mint().adopt(keyring::firstRecords(keys)));
    return keys;
}

/// Seals everything, then writes it in one transaction. Answers a ticket for each operator.
Result<std::vector<credential::Tickets::Prepared>> writeFirstRows(
    Core& core,
    const std::vector<hsm::KeyIdentity>& keys,
    const Operators& operators,
    const credential::Tickets& tickets,
    Time now) {
    const Config& config = core.config();
    SALLYPORT_TRY(const auto key_rows, keyring::sealFirst(core.sealer(), keys, now, Core::soon()));
    SALLYPORT_TRY(const auto installation,
                  account::sealInstallation(
                      core.sealer(), config.hsm.ring, config.service.profile, now, Core::soon()));
    SALLYPORT_CHECK(core.openDirectory());
    std::vector<account::Directory::PreparedAccount> accounts;
    std::vector<credential::Tickets::Prepared> issued;
    for (const auto& address : operators) {
        SALLYPORT_TRY(auto prepared,
                      core.directory().prepare({account::Kind::kPerson,
                                                address.duplicate(),
                                                account::AccountStatus::kBootstrap,
                                                {"operator"},
                                                std::nullopt},
                                               Core::soon()));
        SALLYPORT_TRY(auto ticket,
                      tickets.issue(prepared.account, std::nullopt, std::nullopt, Core::soon()));
        accounts.push_back(std::move(prepared));
        issued.push_back(std::move(ticket));
    }
    const auto body = [&](storage::Transaction& transaction) -> Status {
        SALLYPORT_CHECK(keyring::insertFirst(transaction, key_rows));
        SALLYPORT_CHECK(seal::Sealer::insert(transaction, installation));
        for (const auto& account : accounts)
            SALLYPORT_CHECK(account::Directory::insert(transaction, account));
        for (const auto& ticket : issued)
            SALLYPORT_CHECK(credential::Tickets::insert(transaction, ticket));
        return {};
    };
    SALLYPORT_CHECK(core.database().write(Core::soon(), body));
    return issued;
}

void report(const Config& config,
            std::size_t keys,
            const Operators& operators,
            const std::vector<credential::Tickets::Prepared>& tickets,
            const Output& output) {
    Json::Array shown;
    for (std::size_t i = 0; i < tickets.size(); ++i)
        shown.push_back(showTicket(operators[i], tickets[i], output));
    output.line("keys: " + std::to_string(keys) + " of ring " + config.hsm.ring + " on token " +
                config.hsm.token_label);
    output.line("database: " + config.storage.path);
    output.line("operators: " + std::to_string(operators.size()) +
                ", to sign in by a mailed link and to enrol a security key with the ticket");
    output.line("next: sallyportd serve --config " + config.file);
    output.document(Json::Object{{"config", config.file},
                                 {"profile", config.service.profile},
                                 {"database", config.storage.path},
                                 {"ring", config.hsm.ring},
                                 {"token", config.hsm.token_label},
                                 {"keys", static_cast<std::int64_t>(keys)},
                                 {"operators", static_cast<std::int64_t>(operators.size())},
                                 {"tickets", std::move(shown)}});
}

}  // namespace

Status init(const InitOptions& options, const Output& output) {
    const SystemClock clock;
    SystemRandom random;
    Log log(clock, standardErrorSink(), Log::Level::kWarning);
    NoMetrics metrics;
    const Ground ground{clock, random, log, metrics};
    hardenProcess(log);
    SALLYPORT_TRY(const Operators operators, parseOperators(options.operators));
    SALLYPORT_TRY(const std::string state, makeState(options.state));
    const std::string path = options.config.empty() ? state + "/sallyport.toml" : options.config;
    SALLYPORT_TRY(const Config config, settleConfig(options, state, path, output));
    SALLYPORT_TRY(const Policy policy, policyOf(config));
    SALLYPORT_TRY(const auto rules, credentialOptions(config, policy, policy.public_url));
    SALLYPORT_CHECK(requireNew(config, ground));
    if (options.dev_token) {
        SALLYPORT_CHECK(makeDevToken(config, state, random));
        output.line("token: SoftHSM in " + state + "/tokens, its PIN in " + config.hsm.pin_file);
    }
    SALLYPORT_TRY(const auto core, Core::openEmpty(config, ground));
    SALLYPORT_TRY(const auto inventory, core->device().inventory(Core::soon()));
    SALLYPORT_TRY(const std::string notice,
                  judgeToken(policy.profile, config.hsm.allow_soft_token, inventory.token_model));
    if (!notice.empty()) output.line("note: " + notice);
    const std::string mark = state + "/init.pending";
    SALLYPORT_CHECK(clearRing(*core, mark));
    SALLYPORT_TRY(const auto keys, makeKeys(*core));
    const credential::Tickets tickets = ticketsOf(*core, rules, clock, random);
    SALLYPORT_TRY(const auto issued, writeFirstRows(*core, keys, operators, tickets, clock.now()));
    fs::remove(mark);
    report(config, keys.size(), operators, issued, output);
    return {};
}

}  // namespace sallyport::app::commands
