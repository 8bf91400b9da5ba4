#include "app/commands/commands.h"
#include "app/commands/ticket.h"
#include "app/core.h"
#include "app/process.h"

namespace sallyport::app::commands {
namespace {

/// What a command on one account works with.
struct Office {
    const Config& config;
    const Policy& policy;
    Core& core;
    const Clock& clock;
    Random& random;
    account::HostAdministration& administration;
};

/// Opens the installation, parses the address and runs `act(office, address)`.
template <class Act>
Status administer(const AccountOptions& options, Act act) {
    SALLYPORT_TRY(const Config config, readConfig(options.config));
    SALLYPORT_TRY(const Policy policy, policyOf(config));
    SALLYPORT_TRY(const auto address, account::MailAddress::parse(options.address));
    const SystemClock clock;
    SystemRandom random;
    Log log(clock, standardErrorSink(), Log::Level::kWarning);
    NoMetrics metrics;
    hardenProcess(log);
    SALLYPORT_TRY(const auto core, Core::open(config, policy, {clock, random, log, metrics}));
    account::HostAdministration administration(core->directory(), core->database(), core->sealer());
    return act(Office{config, policy, *core, clock, random, administration}, address);
}

}  // namespace

Status addAccount(const AccountOptions& options, const Output& output) {
    const auto add = [&](const Office& office, const account::MailAddress& address) -> Status {
        SALLYPORT_TRY(const AccountId account,
                      office.administration.add(
                          address, {options.roles.begin(), options.roles.end()}, Core::soon()));
        output.line("added: account " + account.text());
        output.document(Json::Object{{"account", account.text()}});
        return {};
    };
    return administer(options, add);
}

Status freezeAccount(const AccountOptions& options, const Output& output) {
    const auto freeze = [&](const Office& office, const account::MailAddress& address) -> Status {
        SALLYPORT_CHECK(office.administration.freeze(address, Core::soon()));
        output.line("frozen: nobody signs in to this account, and its sessions are dead");
        output.document(Json::Object{{"frozen", true}});
        return {};
    };
    return administer(options, freeze);
}

Status issueTicket(const AccountOptions& options, const Output& output) {
    const auto issue = [&](const Office& office, const account::MailAddress& address) -> Status {
        SALLYPORT_TRY(const auto found, office.core.directory().find(address, Core::soon()));
        if (!found.has_value()) return fail(ErrorCode::kNotFound, "no account has this address");
        SALLYPORT_TRY(const auto rules,
                      credentialOptions(office.config, office.policy, office.policy.public_url));
        const auto tickets = ticketsOf(office.core, rules, office.clock, office.random);
        SALLYPORT_TRY(
            const auto ticket,
            tickets.issue(found->authority.account, std::nullopt, std::nullopt, Core::soon()));
        const auto write = [&ticket](storage::Transaction& transaction) {
            return credential::Tickets::insert(transaction, ticket);
        };
        SALLYPORT_CHECK(office.administration.write(write, Core::soon()));
        output.document(showTicket(address, ticket, output));
        return {};
    };
    return administer(options, issue);
}

}  // namespace sallyport::app::commands
