#include "app/application.h"
#include "app/commands/commands.h"
#include "app/process.h"
#include "fido/self_test.h"

#include <algorithm>

namespace sallyport::app::commands {
namespace {

constexpr Duration kLongWait = std::chrono::hours(1);

void waitForStop(const StopSignals& signals, Log& log) {
    const auto interval = ServiceManager::aliveInterval();
    for (;;) {
        if (interval) ServiceManager::alive();
        const auto signal = signals.take(interval.value_or(kLongWait));
        if (!signal) continue;
        log.info("service.stopping", {{"signal", *signal}});
        return;
    }
}

}  // namespace

Status serve(const ServeOptions& options, const Output& output) {
    SALLYPORT_TRY(const Config config, readConfig(options.config));
    SALLYPORT_TRY(Policy policy, policyOf(config));
    if (options.port) {
        SALLYPORT_TRY(policy, withPort(std::move(policy), *options.port));
    }
    // A libfido2 that lets pass what it must refuse is no second factor.
    SALLYPORT_CHECK(fido::selfTest());
    // Before the first thread, which inherits what is blocked.
    const StopSignals signals;
    SALLYPORT_TRY(const auto application,
                  Application::start(config, std::move(policy), {options.test_clock}));
    output.line("ready: " + application->publicOrigin());
    output.document(Json::Object{{"ready", application->publicOrigin()}});
    ServiceManager::ready();
    waitForStop(signals, application->log());
    ServiceManager::stopping();
    return {};
}

}  // namespace sallyport::app::commands
