#include "cli/at_the_key.h"
#include "cli/files.h"
#include "cli/printable.h"
#include "cli/signed_in.h"

namespace sallyport::cli::commands {
namespace {

constexpr std::size_t kLongestTicket = 512;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// Empty: none. Where it comes from is never an argument: everybody on the machine sees those.
Result<Secret> ticketFor(const EnrolOptions& options, const Surroundings& around) {
    if (options.ticket_file) {
        SALLYPORT_TRY(std::string text,
                      readFile(*options.ticket_file, kLongestTicket, Readers::kOwnerOnly));
        const Secret whole = Secret::take(std::move(text));
        return Secret(trimmed(whole.exposeText()));
    }
    if (options.action || !around.terminal.interactive()) return Secret();
    SALLYPORT_TRY(const Secret typed,
                  around.terminal.askSecret("Enrolment ticket (Enter if there is none): "));
    return Secret(trimmed(typed.exposeText()));
}

std::string lineOf(const Json& credential, std::string_view member) {
    const Json* const found = credential.find(member);
    return found == nullptr || found->asString() == nullptr ? "unknown"
                                                            : printable(*found->asString());
}

}  // namespace

Result<ExitCode> enrol(const CommonOptions& common,
                       const EnrolOptions& options,
                       const Surroundings& around) {
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    Service& service = at.service();
    SALLYPORT_TRY(const Secret ticket, ticketFor(options, around));
    Json::Object question{{"label", options.label}};
    if (!ticket.empty()) question["ticket"] = ticket.exposeText();
    if (options.action) question["action"] = *options.action;
    SALLYPORT_TRY(const Json begun, service.post("/api/v1/enrolments", question));
    SALLYPORT_TRY(const std::string id, idFrom(begun));
    SALLYPORT_TRY(const Json* options_json, memberFrom(begun, "publicKey"));
    SALLYPORT_TRY(const CreationOptions wanted,
                  CreationOptions::parse(*options_json, service.server()));
    SALLYPORT_TRY(const Json response, touchToEnrol(wanted, common, around));
    SALLYPORT_TRY(const Json credential, service.post("/api/v1/enrolments/" + id, response));
    SALLYPORT_CHECK(at.keep());
    around.terminal.line("Enrolled \"" + lineOf(credential, "label") + "\", fingerprint " +
                         lineOf(credential, "fingerprint") + " (attestation " +
                         lineOf(credential, "attestation") + ").");
    if (lineOf(credential, "status") == "provisional") {
        around.terminal.line(
            "It works once two people have approved its activation: read the fingerprint to them.");
    }
    around.terminal.document(credential);
    return ExitCode::kOk;
}

}  // namespace sallyport::cli::commands
