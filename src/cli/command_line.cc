#include "cli/commands/commands.h"
#include "cli/run.h"
#include "cli/service.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <sstream>

namespace sallyport::cli {
namespace {

constexpr const char* kOverview =
    R"(Sallyport at the workstation: sign in, approve and administer with a security key.

Examples:
  sallyport login --server https://login.example.org
  sallyport propose payment.release --param amount=12.50 --param currency=EUR --wait
  sallyport actions
  sallyport approve Kx0sYb1cTq2Jw6mN9RzV3A

Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 refused by policy, 4 unavailable.)";

/// Ids are 16 bytes in base64url, and one in 64 begins with a hyphen like an option: it is marked
/// before the arguments are read.
constexpr std::string_view kIdMark = "id:";
constexpr std::size_t kIdSize = 22;

std::string marked(std::string_view word) {
    const bool id = word.size() == kIdSize && word.front() == '-' && isId(word);
    return (id ? std::string(kIdMark) : std::string()) + std::string(word);
}

std::string unmarked(std::string word) {
    if (word.starts_with(kIdMark)) word.erase(0, kIdMark.size());
    return word;
}

using Command = std::function<Result<ExitCode>(const Surroundings&)>;

/// The commands with what was typed, and the one that was chosen.
struct CommandLine {
    CommandLine();

    void addSession();
    void addEnrol();
    void addPropose();
    void addActions();
    void addKey();
    void addEvidence();
    void addWebAuthn();

    void chooses(CLI::App* command, Command function) {
        command->callback([this, function = std::move(function)] { chosen = function; });
    }

    CLI::App app{kOverview, "sallyport"};
    bool json = false;
    commands::CommonOptions common;
    commands::LoginOptions login;
    commands::EnrolOptions enrol;
    commands::ProposeOptions propose;
    std::optional<std::string> shown;
    std::string decided;
    std::string file;
    Command chosen;
};

CommandLine::CommandLine() {
    app.set_version_flag("--version", "sallyport " SALLYPORT_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--json", json, "Answers are JSON documents");
    app.add_option("--server", common.server, "Public address of the server (that of the session)")
        ->type_name("URL");
    app.add_option("--key", common.key, "Path of one security key (sallyport key info)")
        ->type_name("PATH");
    addSession();
    addEnrol();
    addPropose();
    addActions();
    addKey();
    addEvidence();
    addWebAuthn();
}

void CommandLine::addSession() {
    CLI::App* in = app.add_subcommand("login", R"(Sign in, or unlock a session, by a touch

The session is kept in $XDG_RUNTIME_DIR/sallyport, readable by you only.
  sallyport login --server https://login.example.org
  sallyport login --email alice@example.org
  sallyport login --link --email alice@example.org)");
    in->add_option("--email", login.email, "Your mail address, if the key holds several accounts")
        ->type_name("ADDRESS");
    in->add_flag("--link", login.link, "By a link that is mailed to you: you have no key yet");
    chooses(in,
            [this](const Surroundings& around) { return commands::login(common, login, around); });
    CLI::App* out = app.add_subcommand("logout", R"(End the session, there and here

  sallyport logout)");
    chooses(out, [this](const Surroundings& around) { return commands::logout(common, around); });
}

void CommandLine::addEnrol() {
    CLI::App* command = app.add_subcommand("enrol", R"(Bind a security key to your account

The first key needs an enrolment ticket, a further one an approved action credential.add.
  sallyport enrol --label "Key on my ring"
  sallyport enrol --ticket-file ticket.txt
  sallyport enrol --action Kx0sYb1cTq2Jw6mN9RzV3A)");
    command->add_option("--label", enrol.label, "Your name for it")->capture_default_str();
    CLI::Option* ticket =
        command->add_option("--ticket-file", enrol.ticket_file, "The ticket; else it is asked for")
            ->type_name("FILE");
    command->add_option("--action", enrol.action, "The approved credential.add")
        ->type_name("ID")
        ->excludes(ticket)
        ->transform(unmarked);
    chooses(command,
            [this](const Surroundings& around) { return commands::enrol(common, enrol, around); });
}

void CommandLine::addPropose() {
    CLI::App* command = app.add_subcommand("propose", R"(Propose an action for approval

  sallyport propose payment.release --param amount=12.50 --param currency=EUR \
      --param payee="Example Ltd" --param iban=DE02120300000000202051
  sallyport propose records.export --param records:=250 --wait
  sallyport propose session.step-up)");
    command->add_option("type", propose.type, "The action's type")->type_name("TYPE")->required();
    command->add_option("--param", propose.parameters, "A parameter; := for numbers; repeatable")
        ->type_name("NAME=TEXT");
    command->add_option("--resource", propose.resource, "What it is done to")->transform(unmarked);
    command->add_option("--subject", propose.subject, "Whom it concerns")->transform(unmarked);
    command->add_flag("--wait", propose.wait, "Until it is decided");
    chooses(command, [this](const Surroundings& around) {
        return commands::propose(common, propose, around);
    });
}

void CommandLine::addActions() {
    CLI::App* list = app.add_subcommand("actions", R"(What waits for you, or one action

  sallyport actions
  sallyport actions Kx0sYb1cTq2Jw6mN9RzV3A --json)");
    list->add_option("id", shown, "One action")->type_name("ID")->transform(unmarked);
    chooses(list, [this](const Surroundings& around) {
        return commands::actions(common, shown, around);
    });

    CLI::App* yes = app.add_subcommand("approve", R"(Approve an action by a touch

Shows what will happen, makes sure that the touch commits to exactly that, and asks for it.
  sallyport approve Kx0sYb1cTq2Jw6mN9RzV3A)");
    yes->add_option("id", decided, "The action")->type_name("ID")->required()->transform(unmarked);
    chooses(yes, [this](const Surroundings& around) {
        return commands::approve(common, decided, around);
    });

    CLI::App* no = app.add_subcommand("deny", R"(Deny an action; it needs no key

  sallyport deny Kx0sYb1cTq2Jw6mN9RzV3A)");
    no->add_option("id", decided, "The action")->type_name("ID")->required()->transform(unmarked);
    chooses(no,
            [this](const Surroundings& around) { return commands::deny(common, decided, around); });
}

void CommandLine::addKey() {
    CLI::App* command = app.add_subcommand("key", R"(Security keys of this workstation

  sallyport key info
  sallyport key set-pin
  sallyport key change-pin)");
    command->require_subcommand(1);
    chooses(command->add_subcommand("info", "What is plugged in, and how its PIN stands"),
            [this](const Surroundings& around) { return commands::keyInfo(common, around); });
    chooses(command->add_subcommand("set-pin", "The first PIN of a new key"),
            [this](const Surroundings& around) {
                return commands::changePin(common, commands::PinChange::kSet, around);
            });
    chooses(command->add_subcommand("change-pin", "Another PIN"),
            [this](const Surroundings& around) {
                return commands::changePin(common, commands::PinChange::kChange, around);
            });
}

void CommandLine::addEvidence() {
    CLI::App* command = app.add_subcommand("evidence", "Evidence of approvals");
    command->require_subcommand(1);
    CLI::App* get = command->add_subcommand("get", R"(The evidence of an action, to be kept

  sallyport evidence get Kx0sYb1cTq2Jw6mN9RzV3A > evidence.json)");
    get->add_option("id", decided, "The action")->type_name("ID")->required()->transform(unmarked);
    chooses(get, [this](const Surroundings& around) {
        return commands::getEvidence(common, decided, around);
    });
    CLI::App* verify = command->add_subcommand("verify", R"(Verify an approval without the server

  sallyport evidence verify evidence.json
  sallyport evidence verify - --json < evidence.json)");
    verify->add_option("file", file, "The evidence, or - for standard input")
        ->type_name("FILE")
        ->required();
    chooses(verify,
            [this](const Surroundings& around) { return commands::verifyEvidence(file, around); });
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
    judge->add_option("file", file, "The file, or - for standard input")
        ->type_name("FILE")
        ->required();
    chooses(judge,
            [this](const Surroundings& around) { return commands::checkWebAuthn(file, around); });
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

/// What --help, --version or a misuse has to say.
int tell(const CommandLine& line, const CLI::ParseError& error, const Terminal& terminal) {
    const bool asked = error.get_exit_code() == 0;
    std::ostringstream out;
    std::ostringstream notices;
    line.app.exit(error, out, notices);
    std::string text = asked ? out.str() : notices.str();
    while (text.ends_with('\n')) text.pop_back();
    if (asked) {
        terminal.line(text);
    } else {
        terminal.notice(text);
    }
    return static_cast<int>(asked ? ExitCode::kOk : ExitCode::kUsage);
}

}  // namespace

int run(int count, const char* const* arguments, const Surroundings& around) {
    CommandLine line;
    std::vector<std::string> words;
    for (int i = count - 1; i > 0; --i) words.push_back(marked(arguments[i]));  // the last first
    try {
        line.app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        return tell(line, error, around.terminal);
    }
    if (line.json) around.terminal.useJson();
    const Result<ExitCode> done = line.chosen(around);
    return done ? static_cast<int>(*done) : explain(done.error(), around.terminal);
}

}  // namespace sallyport::cli
