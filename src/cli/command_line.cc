#include "cli/commands/commands.h"
#include "cli/run.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <sstream>

namespace sallyport::cli {
namespace {

constexpr const char* kOverview =
    R"(Sallyport at the workstation: sign in, approve and administer with a security key.

Examples:
  sallyport webauthn check response.json

Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 refused by policy, 4 unavailable.)";

/// The commands with what was typed, and the one that was chosen.
struct CommandLine {
    CommandLine();

    void addWebAuthn();

    CLI::App app{kOverview, "sallyport"};
    bool json = false;
    commands::CheckOptions check;
    std::function<Result<ExitCode>(Surroundings)> chosen;
};

CommandLine::CommandLine() {
    app.set_version_flag("--version", "sallyport " SALLYPORT_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--json", json, "Answers are JSON documents");
    addWebAuthn();
}

void CommandLine::addWebAuthn() {
    CLI::App* command = app.add_subcommand("webauthn", "Look into WebAuthn responses");
    command->require_subcommand(1);
    CLI::App* judge = command->add_subcommand("check", R"(Judge a response as the service would

FILE holds {"type":"registration"|"assertion","rp_id","origins":[..],"challenge",
"user_verification":"required"|"preferred"|"discouraged",
"policy":{"attestation":["none","packed","self"],"trust_any_root":true|false},
"credential":{what a registration printed; for an assertion},"response":{as the browser made it}}.
Prints {"verdict","code","step","detail","credential"}; exit code 0 accepted, 3 refused.

  sallyport webauthn check registration.json
  sallyport webauthn check - < assertion.json)");
    judge->add_option("file", check.file, "The file, or - for standard input")
        ->type_name("FILE")
        ->required();
    judge->callback([this] {
        chosen = [this](Surroundings around) { return commands::checkWebAuthn(check, around); };
    });
}

int explain(const Error& error, const Terminal& terminal) {
    if (terminal.json()) {
        terminal.notice(
            Json(Json::Object{
                     {"error", Json::Object{{"code", name(error.code)}, {"detail", error.detail}}}})
                .text());
    } else {
        terminal.notice("sallyport: " + error.detail);
    }
    return static_cast<int>(exitCodeOf(error));
}

}  // namespace

int run(int count, const char* const* arguments, Surroundings surroundings) {
    CommandLine line;
    try {
        line.app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        const bool asked = error.get_exit_code() == 0;  // --help, --version
        std::ostringstream out;
        std::ostringstream notices;
        line.app.exit(error, out, notices);
        std::string text = asked ? out.str() : notices.str();
        while (text.ends_with('\n')) text.pop_back();
        if (asked) {
            surroundings.terminal.line(text);
        } else {
            surroundings.terminal.notice(text);
        }
        return static_cast<int>(asked ? ExitCode::kOk : ExitCode::kUsage);
    }
    if (line.json) surroundings.terminal.useJson();
    const Result<ExitCode> done = line.chosen(surroundings);
    return done ? static_cast<int>(*done) : explain(done.error(), surroundings.terminal);
}

}  // namespace sallyport::cli
