#include "cli/commands/commands.h"
#include "cli/key_dialog.h"
#include "cli/printable.h"
#include "fido/attestation_trust.h"

namespace sallyport::cli::commands {
namespace {

constexpr Duration kTimeOut = std::chrono::seconds(60);

Json jsonOf(const fido::KeyInfo& info) {
    Json::Array algorithms;
    for (const std::int64_t algorithm : info.algorithms) algorithms.emplace_back(algorithm);
    return Json::Object{{"path", info.device.path},
                        {"product", info.device.product},
                        {"manufacturer", info.device.manufacturer},
                        {"aaguid", fido::textOf(info.aaguid)},
                        {"firmware", info.firmware},
                        {"supports_pin", info.supports_pin},
                        {"pin_set", info.pin_set},
                        {"pin_retries", info.pin_retries ? Json(*info.pin_retries) : Json()},
                        {"min_pin_length", static_cast<std::int64_t>(info.min_pin_length)},
                        {"pin_change_forced", info.pin_change_forced},
                        {"reads_fingers", info.reads_fingers},
                        {"always_verifies", info.always_verifies},
                        {"algorithms", std::move(algorithms)}};
}

std::string pinLine(const fido::KeyInfo& info) {
    if (!info.supports_pin) return "not supported";
    if (!info.pin_set) return "not set: sallyport key set-pin";
    const int left = info.pin_retries.value_or(-1);
    if (left == 0) return "blocked: only a reset of the key helps, which erases it";
    std::string text = "set";
    if (left > 0) text += ", " + std::to_string(left) + (left == 1 ? " try left" : " tries left");
    if (info.pin_change_forced) text += ", must be changed: sallyport key change-pin";
    return text;
}

void show(const fido::KeyInfo& info, const Terminal& terminal) {
    terminal.line(printable(info.device.product) + "  (" + printable(info.device.manufacturer) +
                  ", " + printable(info.device.path) + ")");
    terminal.line("  model     " + fido::textOf(info.aaguid));
    terminal.line("  firmware  " + printable(info.firmware));
    terminal.line("  PIN       " + pinLine(info));
    if (info.reads_fingers) terminal.line("  sensor    has a finger enrolled");
}

}  // namespace

Result<ExitCode> keyInfo(const CommonOptions& common, const Surroundings& around) {
    KeyDialog dialog(around.terminal, kTimeOut);
    fido::SecurityKeys keys(around.devices, dialog.dialog());
    SALLYPORT_TRY(const std::vector<fido::DeviceInfo> devices, resultOf(keys.list()));
    Json::Array documents;
    for (const fido::DeviceInfo& device : devices) {
        if (common.key && *common.key != device.path) continue;
        SALLYPORT_TRY(const fido::KeyInfo info, resultOf(keys.info(device.path)));
        show(info, around.terminal);
        documents.push_back(jsonOf(info));
    }
    if (documents.empty()) {
        return errorOf(fido::problem(devices.empty() ? fido::KeyTrouble::kNoKey
                                                     : fido::KeyTrouble::kNotFound));
    }
    around.terminal.document(Json::Object{{"keys", std::move(documents)}});
    return ExitCode::kOk;
}

Result<ExitCode> changePin(const CommonOptions& common,
                           PinChange change,
                           const Surroundings& around) {
    KeyDialog dialog(around.terminal, kTimeOut);
    fido::SecurityKeys keys(around.devices, dialog.dialog());
    if (change == PinChange::kSet) {
        SALLYPORT_TRY(const std::vector<fido::DeviceInfo> devices, resultOf(keys.list()));
        for (const fido::DeviceInfo& device : devices) {
            if (common.key ? *common.key != device.path : devices.size() > 1) continue;
            SALLYPORT_TRY(const fido::KeyInfo before, resultOf(keys.info(device.path)));
            if (before.pin_set) {
                return fail(ErrorCode::kConflict,
                            "This key has a PIN already: sallyport key change-pin");
            }
        }
    }
    SALLYPORT_TRY(const fido::KeyInfo after, resultOf(keys.changePin(common.key)));
    around.terminal.line("The PIN of " + printable(after.device.product) + " is set.");
    around.terminal.document(jsonOf(after));
    return ExitCode::kOk;
}

}  // namespace sallyport::cli::commands
