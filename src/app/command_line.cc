#include "app/command_line.h"

#include "app/commands/commands.h"
#include "app/profile.h"
#include "base/exit_code.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>

namespace sallyport::app {
namespace {

constexpr const char* kDefaultConfig = "/etc/sallyport/sallyport.toml";

constexpr const char* kOverview =
    R"(Sign-in for regulated organisations: every key in a PKCS#11 device.

Examples:
  sallyportd init --state /var/lib/sallyport --operator admin@example.org
  sallyportd serve --config /etc/sallyport/sallyport.toml
  sallyportd doctor --config /etc/sallyport/sallyport.toml --seals

Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 refused by policy, 4 unavailable.)";

std::string version() {
    std::string text = "sallyportd " SALLYPORT_VERSION;
    if (isTestBuild()) {
        text +=
            "\nTEST BUILD: runs profile regulated with a software token and the mint in "
            "process. Never deploy it.";
    }
    return text;
}

/// The commands with what was typed, and the one that was chosen.
struct CommandLine {
    CommandLine();

    void addServe();
    void addInit();
    void addDoctor();
    void addAccount();
    void takeConfig(CLI::App& command, std::string& config);

    CLI::App app{kOverview, "sallyportd"};
    bool json = false;
    commands::ServeOptions serve{kDefaultConfig, std::nullopt, std::nullopt};
    commands::InitOptions init;
    commands::DoctorOptions doctor{kDefaultConfig, false};
    commands::AccountOptions account{kDefaultConfig, "", {}};
    std::function<Status(const Output&)> chosen;
};

CommandLine::CommandLine() {
    app.set_version_flag("--version", version());
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--json", json, "Answers are JSON documents");
    addServe();
    addInit();
    addDoctor();
    addAccount();
}

void CommandLine::takeConfig(CLI::App& command, std::string& config) {
    command.add_option("--config", config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
}

void CommandLine::addServe() {
    CLI::App* command = app.add_subcommand("serve", R"(Serve until SIGTERM or SIGINT

Prints `ready: URL` when it answers.
  sallyportd serve --config /etc/sallyport/sallyport.toml
  sallyportd serve --config var/dev/sallyport.toml --port 0)");
    takeConfig(*command, serve.config);
    command->add_option("--port", serve.port, "Another port; 0 takes a free one (profile dev)")
        ->type_name("N");
    command
        ->add_option("--test-clock",
                     serve.test_clock,
                     "A file with seconds to add to the time (profile dev)")
        ->type_name("FILE");
    command->callback(
        [this] { chosen = [this](const Output& out) { return commands::serve(serve, out); }; });
}

void CommandLine::addInit() {
    CLI::App* command = app.add_subcommand(
        "init", R"(Make configuration, keys, database and the first operators; once

  sallyportd init --state /var/lib/sallyport --config /etc/sallyport/sallyport.toml \
      --operator alice@example.org --operator bob@example.org
  sallyportd init --state var/dev --profile dev --dev-token --operator operator@example.test)");
    command->add_option("--state", init.state, "The directory for database and files")
        ->type_name("DIR")
        ->required();
    command
        ->add_option(
            "--profile", init.profile, "dev, standard or regulated; asked for if not given")
        ->type_name("NAME");
    command->add_option("--operator", init.operators, "Mail address of an operator; repeatable")
        ->type_name("ADDRESS")
        ->required();
    command->add_flag(
        "--dev-token", init.dev_token, "Make a SoftHSM token in DIR, for development");
    command
        ->add_option("--config",
                     init.config,
                     "The configuration file (DIR/sallyport.toml); is "
                     "written if it is missing")
        ->type_name("FILE");
    command->callback(
        [this] { chosen = [this](const Output& out) { return commands::init(init, out); }; });
}

void CommandLine::addDoctor() {
    CLI::App* command = app.add_subcommand("doctor", R"(Check everything, change nothing

  sallyportd doctor --config /etc/sallyport/sallyport.toml
  sallyportd doctor --seals --json)");
    takeConfig(*command, doctor.config);
    command->add_flag(
        "--seals", doctor.seals, "Verify every sealed row too; the service must be stopped");
    command->callback(
        [this] { chosen = [this](const Output& out) { return commands::doctor(doctor, out); }; });
}

void CommandLine::addAccount() {
    CLI::App* command = app.add_subcommand(
        "account",
        R"(Accounts on the host, while bootstrap is open; later by approved actions

The service must be stopped.

  sallyportd account add carol@example.org --role operator
  sallyportd account ticket carol@example.org
  sallyportd account freeze carol@example.org)");
    command->require_subcommand(1);
    CLI::App* add = command->add_subcommand("add", "Add an account");
    takeConfig(*add, account.config);
    add->add_option("address", account.address, "Mail address")->required();
    add->add_option("--role", account.roles, "A role; repeatable")->type_name("NAME");
    add->callback([this] {
        chosen = [this](const Output& out) { return commands::addAccount(account, out); };
    });
    CLI::App* ticket = command->add_subcommand(
        "ticket", "Make an enrolment ticket for an account's first security key");
    takeConfig(*ticket, account.config);
    ticket->add_option("address", account.address, "Mail address")->required();
    ticket->callback([this] {
        chosen = [this](const Output& out) { return commands::issueTicket(account, out); };
    });
    CLI::App* freeze = command->add_subcommand("freeze", "Freeze an account");
    takeConfig(*freeze, account.config);
    freeze->add_option("address", account.address, "Mail address")->required();
    freeze->callback([this] {
        chosen = [this](const Output& out) { return commands::freezeAccount(account, out); };
    });
}

int explain(const Error& error, bool json) {
    if (json) {
        std::cerr << Json(Json::Object{
                              {"error",
                               Json::Object{{"code", name(error.code)}, {"detail", error.detail}}}})
                         .text()
                  << '\n';
    } else {
        std::cerr << "sallyportd: " << error.detail << '\n';
    }
    return static_cast<int>(exitCodeOf(error));
}

}  // namespace

int runCommandLine(int count, char** arguments) {
    CommandLine line;
    try {
        line.app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        const bool asked = error.get_exit_code() == 0;  // --help, --version
        line.app.exit(error);
        return static_cast<int>(asked ? ExitCode::kOk : ExitCode::kUsage);
    }
    const Status done = line.chosen(Output(line.json));
    return done ? 0 : explain(done.error(), line.json);
}

}  // namespace sallyport::app
