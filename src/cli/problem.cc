#include "cli/problem.h"

#include "cli/printable.h"

#include <array>

namespace sallyport::cli {
namespace {

/// What a code of `protocols.md` 6.2 means at the workstation.
struct Meaning {
    std::string_view code;
    ErrorCode error;
    std::string_view sentence;
};

constexpr std::array kMeanings = {
    Meaning{"bad_request", ErrorCode::kInvalidRequest, "The server does not accept these values."},
    Meaning{"malformed_json", ErrorCode::kInternal, "The server could not read the request."},
    Meaning{"unauthenticated",
            ErrorCode::kUnauthenticated,
            "You are not signed in. Touch your key: sallyport login"},
    Meaning{"session_locked",
            ErrorCode::kUnauthenticated,
            "Your session is locked. Touch your key: sallyport login"},
    Meaning{"bad_origin",
            ErrorCode::kForbidden,
            "The server does not serve this program. Is --server its public address, and is "
            "webauthn.cli_origin on?"},
    Meaning{"bad_csrf",
            ErrorCode::kForbidden,
            "The session does not fit. Sign in again: sallyport login"},
    Meaning{"forbidden", ErrorCode::kForbidden, "You may not do this."},
    Meaning{"step_up_required",
            ErrorCode::kStepUpRequired,
            "This needs a touch of your key just now: sallyport propose session.step-up, then "
            "sallyport approve ID"},
    Meaning{"action_mismatch", ErrorCode::kForbidden, "That is not the action that was approved."},
    Meaning{"not_found", ErrorCode::kNotFound, "The server does not know this."},
    Meaning{"conflict",
            ErrorCode::kConflict,
            "Too late, or not now: somebody was faster, or the action is no longer open."},
    Meaning{"already_redeemed", ErrorCode::kConflict, "It was redeemed already."},
    Meaning{"wrong_browser", ErrorCode::kConflict, "Another program or browser asked for this."},
    Meaning{"link_expired", ErrorCode::kGone, "The link has expired. Ask for a new one."},
    Meaning{"link_used", ErrorCode::kGone, "The link was used already. Ask for a new one."},
    Meaning{"link_replaced", ErrorCode::kGone, "A newer mail replaces this link. Use that one."},
    Meaning{"link_invalid", ErrorCode::kGone, "The link is not valid. Ask for a new one."},
    Meaning{"registration_refused",
            ErrorCode::kForbidden,
            "The server does not accept this key for this account."},
    Meaning{
        "assertion_refused",
        ErrorCode::kForbidden,
        "The server does not accept this touch. Is it the right key, and is it still enrolled?"},
    Meaning{"rate_limited", ErrorCode::kRateLimited, "Too many tries."},
    Meaning{"internal", ErrorCode::kUnavailable, "The server failed. Tell its operator the trace."},
    Meaning{"unavailable", ErrorCode::kUnavailable, "The server cannot do this at the moment."},
};

/// Of a code that this program does not know.
Meaning meaningOf(int status) {
    if (status >= 500 || status == 429)
        return {"", ErrorCode::kUnavailable, "The server cannot do this at the moment."};
    return {"", ErrorCode::kConflict, "The server refuses this."};
}

std::string textOf(const Json& document, std::string_view member) {
    const Json* const found = document.find(member);
    if (found == nullptr || found->asString() == nullptr) return {};
    return printable(std::string_view(*found->asString()).substr(0, 200));
}

}  // namespace

Error errorOf(int status, const Json& document, std::optional<int> retry_after) {
    const std::string code = textOf(document, "code");
    const std::string reason = textOf(document, "reason");
    const std::string trace = textOf(document, "trace");
    Meaning meaning = meaningOf(status);
    for (const Meaning& each : kMeanings) {
        if (each.code == code) meaning = each;
    }
    std::string detail(meaning.sentence);
    if (retry_after) detail += " Try again in " + std::to_string(*retry_after) + " s.";
    detail += " (" + (code.empty() ? "status " + std::to_string(status) : code);
    if (!reason.empty()) detail += ": " + reason;
    if (!trace.empty()) detail += ", trace " + trace;
    detail += ")";
    Error error = fail(meaning.error, std::move(detail));
    error.retry_after_seconds = static_cast<std::uint32_t>(retry_after.value_or(0));
    return error;
}

}  // namespace sallyport::cli
