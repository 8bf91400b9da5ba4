#include "cli/run.h"
#include "tests/support/virtual_key/key_file.h"
#include "tests/support/virtual_key/slots.h"

#include <unistd.h>

#include <cstdlib>

#include <exception>
#include <iostream>
#include <sstream>

/// `sallyport` with security keys made of software, for tests and demonstrations: never part of a
/// release. The keys are files (SALLYPORT_DEMO_KEYS, separated by `:`); SALLYPORT_DEMO_TOUCH says
/// what the finger does: `at-once`, `waits` (nobody comes), `refused`, `never` (the key gives up);
/// SALLYPORT_DEMO_PULL pulls the key out after so many reports.
namespace {

using namespace sallyport;

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

test::LinkFaults faultsFromEnvironment() {
    test::LinkFaults faults;
    const std::string touch = environment("SALLYPORT_DEMO_TOUCH");
    if (touch == "waits") faults.touch = test::LinkFaults::Touch::kWaits;
    if (touch == "refused") faults.touch = test::LinkFaults::Touch::kRefused;
    if (touch == "never") faults.touch = test::LinkFaults::Touch::kNever;
    faults.keepalives_before_touch = 3;
    const std::string pull = environment("SALLYPORT_DEMO_PULL");
    if (!pull.empty()) faults.pull_after_reports = std::stoi(pull);
    return faults;
}

int demonstrate(int count, char** arguments) {
    struct Slot {
        test::VirtualDevice* device;
        std::string file;
    };

    test::VirtualSlots slots;
    std::vector<Slot> filled;
    std::istringstream files(environment("SALLYPORT_DEMO_KEYS"));
    for (std::string file; std::getline(files, file, ':');) {
        test::KeyModel model;
        model.attestation = test::KeyModel::Attestation::kSelf;
        filled.push_back({&slots.add(model), file});
        test::loadKey(filled.back().device->key(), file);
        filled.back().device->setFaults(faultsFromEnvironment());
    }
    cli::Terminal terminal(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
    const SystemClock clock;
    const std::string runtime = environment("XDG_RUNTIME_DIR");
    const int code =
        cli::run(count,
                 arguments,
                 {terminal, slots, clock, runtime.empty() ? std::nullopt : std::optional(runtime)});
    for (const Slot& slot : filled) test::saveKey(slot.device->key(), slot.file);
    return code;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return demonstrate(count, arguments);
    } catch (const std::exception& error) {
        std::cerr << "sallyport-demo: " << error.what() << '\n';
        return 1;
    }
}
