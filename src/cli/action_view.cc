#include "cli/action_view.h"

#include "cli/printable.h"
#include "cli/service.h"

namespace sallyport::cli {
namespace {

/// `approvals` is a number, or a list of which only the length counts here.
std::int64_t countOf(const Json& document, std::string_view member) {
    const Json* const found = document.find(member);
    if (found == nullptr) return 0;
    if (found->asArray() != nullptr) return static_cast<std::int64_t>(found->asArray()->size());
    return found->asInteger() == nullptr ? 0 : *found->asInteger();
}

std::string duration(std::int64_t seconds) {
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    return std::to_string(seconds / 3600) + " h";
}

}  // namespace

Result<ActionView> ActionView::parse(const Json& document) {
    ActionView view;
    SALLYPORT_TRY(view.id, idFrom(document));
    SALLYPORT_TRY(view.type, textFrom(document, "type"));
    SALLYPORT_TRY(view.text, textFrom(document, "text"));
    SALLYPORT_TRY(view.action_digest, textFrom(document, "action_digest"));
    SALLYPORT_TRY(view.state, textFrom(document, "state"));
    view.required = countOf(document, "required");
    view.approvals = countOf(document, "approvals");
    view.expires_in = countOf(document, "expires_in");
    return view;
}

bool ActionView::decided() const {
    return state != "proposed";
}

bool ActionView::stopped() const {
    return state == "denied" || state == "expired" || state == "cancelled" || state == "failed";
}

void show(const ActionView& action, const Terminal& terminal) {
    terminal.line("");
    terminal.line("    " + printable(action.text));
    terminal.line("");
    terminal.line("Action    " + printable(action.id) + "  (" + printable(action.type) + ")");
    terminal.line("State     " + printable(action.state) + ", " + std::to_string(action.approvals) +
                  " of " + std::to_string(action.required) + " approvals" +
                  (action.decided() ? "" : ", " + duration(action.expires_in) + " left"));
    terminal.line("Digest    " + printable(action.action_digest));
}

std::string lineOf(const ActionView& action) {
    return printable(action.id) + "  " + std::to_string(action.approvals) + "/" +
           std::to_string(action.required) + "  " + printable(action.state) + "  " +
           printable(action.text);
}

}  // namespace sallyport::cli
