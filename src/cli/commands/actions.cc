#include "cli/action_view.h"
#include "cli/approval.h"
#include "cli/at_the_key.h"
#include "cli/printable.h"
#include "cli/signed_in.h"

namespace sallyport::cli::commands {
namespace {

constexpr const char* kActions = "/api/v1/actions";
/// How long the server holds an answer back, and how long we then wait for it.
constexpr const char* kWait = "?wait=30";
constexpr auto kWaitPatience = std::chrono::seconds(45);

Result<std::string> pathOf(const std::string& id) {
    if (!isId(id)) return fail(ErrorCode::kInvalidRequest, printable(id) + " is no action's id.");
    return std::string(kActions) + "/" + id;
}

/// `name=text` is a text as it stands; `name:=JSON` is for numbers.
Result<Json> parametersOf(const std::vector<std::string>& given) {
    Json::Object parameters;
    for (const std::string& each : given) {
        const std::size_t equals = each.find('=');
        const bool json = equals != std::string::npos && equals > 0 && each[equals - 1] == ':';
        const std::string name = each.substr(0, json ? equals - 1 : equals);
        if (equals == std::string::npos || name.empty()) {
            return fail(ErrorCode::kInvalidRequest,
                        "--param " + printable(each) + ": write NAME=TEXT or NAME:=NUMBER");
        }
        Json value(each.substr(equals + 1));
        if (json) {
            auto parsed = Json::parse(each.substr(equals + 1));
            if (!parsed) {
                return fail(ErrorCode::kInvalidRequest,
                            "--param " + printable(each) + ": that is no JSON value");
            }
            value = *std::move(parsed);
        }
        if (!parameters.emplace(name, std::move(value)).second) {
            return fail(ErrorCode::kInvalidRequest,
                        "--param " + printable(name) + " is given twice");
        }
    }
    return Json(std::move(parameters));
}

/// Shows how an action stands after something was done with it.
ExitCode finish(const ActionView& action, const Json& document, const Terminal& terminal) {
    terminal.line(lineOf(action));
    Json::Object shown = *document.asObject();
    shown.erase("session");  // holds what only this program needs
    if (const Json* const ticket = document.find("ticket"); ticket && ticket->asString())
        terminal.line("Enrolment ticket, shown this once: " + printable(*ticket->asString()));
    terminal.document(shown);
    return action.stopped() ? ExitCode::kRefused : ExitCode::kOk;
}

Result<Json> waitFor(Service& service, const std::string& id, Terminal& terminal) {
    SALLYPORT_TRY(const std::string path, pathOf(id));
    while (true) {
        terminal.progress("Waiting for approvals (Ctrl-C stops waiting, not the action)");
        Result<Json> document = service.get(path + kWait, kWaitPatience);
        const Result<ActionView> action =
            document ? ActionView::parse(*document) : Result<ActionView>(document.error());
        if (!action) {
            terminal.endProgress();
            return action.error();
        }
        if (action->decided()) {
            terminal.endProgress();
            return document;
        }
    }
}

Result<AccountId> accountOf(Service& service) {
    SALLYPORT_TRY(const Json session, service.get("/api/v1/session"));
    SALLYPORT_TRY(const Json* account, memberFrom(session, "account"));
    SALLYPORT_TRY(const std::string id, idFrom(*account));
    auto parsed = AccountId::fromText(id);
    if (!parsed) return fail(ErrorCode::kIntegrity, "The server's account id is none.");
    return parsed;
}

/// What else is approved with the text; the text alone decides for a person.
void showMore(const action::Action& action, const Terminal& terminal) {
    for (const auto& [name, value] : *action.parameters.asObject()) {
        const std::string* const text = value.asString();
        terminal.line("  " + printable(name) + " = " +
                      printable(text == nullptr ? value.text() : *text));
    }
    if (action.resource) terminal.line("Resource  " + printable(*action.resource));
    if (action.subject) terminal.line("Subject   " + printable(*action.subject));
    if (action.client) terminal.line("Client    " + printable(*action.client));
}

}  // namespace

Result<ExitCode> propose(const CommonOptions& common,
                         const ProposeOptions& options,
                         const Surroundings& around) {
    SALLYPORT_TRY(const Json parameters, parametersOf(options.parameters));
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    Json::Object question{{"type", options.type}, {"parameters", parameters}};
    if (options.resource) question["resource"] = *options.resource;
    if (options.subject) question["subject"] = *options.subject;
    SALLYPORT_TRY(Json document, at.service().post(kActions, question));
    SALLYPORT_TRY(ActionView action, ActionView::parse(document));
    show(action, around.terminal);
    if (!options.wait) {
        around.terminal.line("Approve   sallyport approve " + printable(action.id));
        around.terminal.document(document);
        return ExitCode::kOk;
    }
    SALLYPORT_TRY(document, waitFor(at.service(), action.id, around.terminal));
    SALLYPORT_TRY(action, ActionView::parse(document));
    return finish(action, document, around.terminal);
}

Result<ExitCode> actions(const CommonOptions& common,
                         const std::optional<std::string>& id,
                         const Surroundings& around) {
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    if (id) {
        SALLYPORT_TRY(const std::string path, pathOf(*id));
        SALLYPORT_TRY(const Json document, at.service().get(path));
        SALLYPORT_TRY(const ActionView action, ActionView::parse(document));
        show(action, around.terminal);
        around.terminal.document(document);
        return ExitCode::kOk;
    }
    SALLYPORT_TRY(const Json document, at.service().get(kActions));
    SALLYPORT_TRY(const Json* list, memberFrom(document, "actions"));
    if (list->asArray() == nullptr)
        return fail(ErrorCode::kIntegrity, "The server's list of actions is none.");
    for (const Json& each : *list->asArray()) {
        SALLYPORT_TRY(const ActionView action, ActionView::parse(each));
        around.terminal.line(lineOf(action));
    }
    if (list->asArray()->empty()) around.terminal.line("Nothing waits for you.");
    around.terminal.document(document);
    return ExitCode::kOk;
}

Result<ExitCode> approve(const CommonOptions& common,
                         const std::string& id,
                         const Surroundings& around) {
    SALLYPORT_TRY(const std::string path, pathOf(id));
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    Service& service = at.service();
    SALLYPORT_TRY(const AccountId account, accountOf(service));
    SALLYPORT_TRY(const Json document, service.get(path));
    SALLYPORT_TRY(const ActionView action, ActionView::parse(document));
    show(action, around.terminal);
    if (action.decided()) {
        return fail(ErrorCode::kConflict,
                    "There is nothing to approve: the action is " + printable(action.state) + ".");
    }
    SALLYPORT_TRY(const ActionId action_id, ActionId::fromText(id));
    SALLYPORT_TRY(const SessionId session, at.sessionId());
    SALLYPORT_TRY(const Json answer, service.post(path + "/challenge", Json::Object{}));
    const Shown shown{
        action_id, action.text, action.action_digest, account, session, around.clock.now()};
    SALLYPORT_TRY(const CheckedChallenge checked, checkChallenge(answer, shown, service.server()));
    showMore(checked.transcript.action, around.terminal);
    SALLYPORT_TRY(const Json response, touchToSign(checked.options, common, around));
    SALLYPORT_TRY(const Json approved, service.post(path + "/approvals", response));
    SALLYPORT_CHECK(at.keep());
    SALLYPORT_TRY(const ActionView after, ActionView::parse(approved));
    return finish(after, approved, around.terminal);
}

Result<ExitCode> deny(const CommonOptions& common,
                      const std::string& id,
                      const Surroundings& around) {
    SALLYPORT_TRY(const std::string path, pathOf(id));
    SALLYPORT_TRY(SignedIn at, SignedIn::member(common.server, around));
    SALLYPORT_TRY(const Json denied, at.service().post(path + "/deny", Json::Object{}));
    SALLYPORT_TRY(const ActionView action, ActionView::parse(denied));
    around.terminal.line(lineOf(action));
    around.terminal.document(denied);
    return ExitCode::kOk;
}

}  // namespace sallyport::cli::commands
