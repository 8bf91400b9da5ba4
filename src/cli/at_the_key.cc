#include "cli/at_the_key.h"

#include "cli/key_dialog.h"

namespace sallyport::cli {

Result<Json> touchToEnrol(const CreationOptions& options,
                          const commands::CommonOptions& common,
                          const Surroundings& around) {
    KeyDialog dialog(around.terminal, options.time_out);
    fido::SecurityKeys keys(around.devices, dialog.dialog());
    SALLYPORT_TRY(const fido::NewCredential made,
                  resultOf(keys.makeCredential(options.request, common.key)));
    return responseJson(made);
}

Result<Json> touchToSign(const RequestOptions& options,
                         const commands::CommonOptions& common,
                         const Surroundings& around) {
    KeyDialog dialog(around.terminal, options.time_out);
    fido::SecurityKeys keys(around.devices, dialog.dialog());
    SALLYPORT_TRY(const std::vector<fido::KeyAssertion> made,
                  resultOf(keys.getAssertion(options.request, common.key)));
    if (made.empty()) return errorOf(fido::problem(fido::KeyTrouble::kNoCredential));
    if (made.size() > 1) {
        around.terminal.notice(
            "This key holds several accounts here; the newest is used. For another: --email");
    }
    return responseJson(made.front());
}

}  // namespace sallyport::cli
