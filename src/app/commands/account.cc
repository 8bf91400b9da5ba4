#include "app/commands/commands.h"
#include "app/core.h"
#include "app/process.h"

namespace sallyport::app::commands {
namespace {

/// Opens the installation, parses the address and runs `act(administration, address)`.
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
    return act(administration, address);
}

}  // namespace

Status addAccount(const AccountOptions& options, const Output& output) {
    return administer(
        options,
        [&](account::HostAdministration& administration,
            const account::MailAddress& address) -> Status {
            SALLYPORT_TRY(const AccountId account,
                          administration.add(
                              address, {options.roles.begin(), options.roles.end()}, Core::soon()));
            output.line("added: account " + account.text());
            output.document(Json::Object{{"account", account.text()}});
            return {};
        });
}

Status freezeAccount(const AccountOptions& options, const Output& output) {
    return administer(options,
                      [&](account::HostAdministration& administration,
                          const account::MailAddress& address) -> Status {
                          SALLYPORT_CHECK(administration.freeze(address, Core::soon()));
                          output.line(
                              "frozen: nobody signs in to this account, and its sessions "
                              "are dead");
                          output.document(Json::Object{{"frozen", true}});
                          return {};
                      });
}

}  // namespace sallyport::app::commands
