#include "cli/commands/commands.h"
#include "cli/files.h"
#include "cli/webauthn_check.h"

namespace sallyport::cli::commands {
namespace {

// Twice what the largest response makes in base64url.
constexpr std::size_t kMostInput = std::size_t{256} * 1024;

}  // namespace

Result<ExitCode> checkWebAuthn(const std::string& file, const Surroundings& around) {
    // The answer is a document for people and programs alike.
    around.terminal.useJson();
    Result<std::string> text = file == "-" ? around.terminal.readInput(kMostInput)
                                           : readFile(file, kMostInput, Readers::kAnybody);
    if (!text) return std::move(text).error();
    SALLYPORT_TRY(const Json input, Json::parse(*text));
    SALLYPORT_TRY(const Json answer, cli::checkWebAuthn(input, around.clock.now()));
    around.terminal.document(answer);
    return isAccepted(answer) ? ExitCode::kOk : ExitCode::kRefused;
}

}  // namespace sallyport::cli::commands
