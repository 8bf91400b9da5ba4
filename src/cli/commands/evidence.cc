#include "cli/commands/commands.h"
#include "cli/evidence_check.h"
#include "cli/files.h"
#include "cli/printable.h"
#include "cli/signed_in.h"

namespace sallyport::cli::commands {
namespace {

constexpr std::size_t kMostInput = std::size_t{512} * 1024;

std::string textOf(const Json& answer, std::string_view member) {
    const Json* const found = answer.find(member);
    return found == nullptr || found->asString() == nullptr ? "" : printable(*found->asString());
}

}  // namespace

Result<ExitCode> verifyEvidence(const std::string& file, const Surroundings& around) {
    const Terminal& terminal = around.terminal;
    Result<std::string> text = file == "-" ? terminal.readInput(kMostInput)
                                           : readFile(file, kMostInput, Readers::kAnybody);
    if (!text) return std::move(text).error();
    SALLYPORT_TRY(const Json document, Json::parse(*text));
    const Json answer = checkEvidence(document);
    terminal.document(answer);
    if (!holds(answer)) {
        terminal.line("REFUSED: " + textOf(answer, "reason"));
        return ExitCode::kRefused;
    }
    terminal.line("HOLDS. What was approved:");
    terminal.line("");
    terminal.line("    " + textOf(answer, "text"));
    terminal.line("");
    terminal.line("Action  " + textOf(answer, "action_id"));
    terminal.line("Digest  " + textOf(answer, "digest"));
    for (const Json& approval : *answer.find("approvals")->asArray()) {
        terminal.line("Approved by " + textOf(approval, "account") + " at " +
                      textOf(approval, "at") + " (" + textOf(approval, "channel") + ", " +
                      textOf(approval, "acr") + ", attestation " + textOf(approval, "attestation") +
                      ")");
        terminal.line("  compare with the log: " + textOf(approval, "hash"));
    }
    return ExitCode::kOk;
}

Result<ExitCode> getEvidence(const CommonOptions& common,
                             const std::string& id,
                             const Surroundings& around) {
    if (!isId(id)) return fail(ErrorCode::kInvalidRequest, printable(id) + " is no action's id.");
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    SALLYPORT_TRY(const Json bundle, at.service().get("/api/v1/actions/" + id + "/evidence"));
    // A document for programs, whoever asks.
    around.terminal.useJson();
    around.terminal.document(bundle);
    return ExitCode::kOk;
}

}  // namespace sallyport::cli::commands
