#include "http/problem.h"

#include "base/log.h"

namespace sallyport::http {

namespace {

constexpr std::array kTable = {
    ProblemInfo{Problem::kBadRequest, "bad_request", 400, "Bad request"},
    ProblemInfo{Problem::kMalformedJson, "malformed_json", 400, "Malformed JSON"},
    ProblemInfo{Problem::kUnauthenticated, "unauthenticated", 401, "Sign in first"},
    ProblemInfo{Problem::kSessionLocked, "session_locked", 401, "The session is locked"},
    ProblemInfo{Problem::kBadOrigin, "bad_origin", 403, "Wrong origin"},
    ProblemInfo{Problem::kBadCsrf, "bad_csrf", 403, "Wrong CSRF token"},
    ProblemInfo{Problem::kForbidden, "forbidden", 403, "Forbidden"},
    ProblemInfo{Problem::kStepUpRequired, "step_up_required", 403, "A security key is needed"},
    ProblemInfo{Problem::kActionMismatch, "action_mismatch", 403, "Not the approved action"},
    ProblemInfo{Problem::kNotFound, "not_found", 404, "Not found"},
    ProblemInfo{Problem::kMethodNotAllowed, "method_not_allowed", 405, "Method not allowed"},
    ProblemInfo{Problem::kWrongBrowser, "wrong_browser", 409, "Another browser asked for this"},
    ProblemInfo{Problem::kConflict, "conflict", 409, "Conflict"},
    ProblemInfo{Problem::kAlreadyRedeemed, "already_redeemed", 409, "Already redeemed"},
    ProblemInfo{Problem::kLinkExpired, "link_expired", 410, "The link has expired"},
    ProblemInfo{Problem::kLinkUsed, "link_used", 410, "The link was used"},
    ProblemInfo{Problem::kLinkReplaced, "link_replaced", 410, "A newer link replaces this one"},
    ProblemInfo{Problem::kLinkInvalid, "link_invalid", 410, "The link is not valid"},
    ProblemInfo{Problem::kLengthRequired, "length_required", 411, "Content-Length is required"},
    ProblemInfo{Problem::kTooLarge, "too_large", 413, "The body is too large"},
    ProblemInfo{
        Problem::kUnsupportedMediaType, "unsupported_media_type", 415, "Unsupported media type"},
    ProblemInfo{Problem::kWrongHost, "wrong_host", 421, "Not a host of this service"},
    ProblemInfo{
        Problem::kRegistrationRefused, "registration_refused", 422, "The registration was refused"},
    ProblemInfo{Problem::kAssertionRefused, "assertion_refused", 422, "The assertion was refused"},
    ProblemInfo{
        Problem::kHeadersTooLarge, "headers_too_large", 431, "The request head is too large"},
    ProblemInfo{Problem::kRateLimited, "rate_limited", 429, "Too many requests"},
    ProblemInfo{Problem::kInternal, "internal", 500, "Internal error"},
    ProblemInfo{Problem::kUnavailable, "unavailable", 503, "Unavailable for the moment"},
};

constexpr bool tableIsInOrder() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].problem) != i) return false;
    }
    return kTable.back().problem == Problem::kUnavailable;
}

static_assert(tableIsInOrder(), "info() indexes the table by the enumerator");

}  // namespace

const ProblemInfo& info(Problem problem) {
    return kTable[static_cast<std::size_t>(problem)];
}

Problem problemOf(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidRequest:
            return Problem::kBadRequest;
        case ErrorCode::kUnauthenticated:
            return Problem::kUnauthenticated;
        case ErrorCode::kLocked:
            return Problem::kSessionLocked;
        case ErrorCode::kStepUpRequired:
            return Problem::kStepUpRequired;
        case ErrorCode::kForbidden:
        case ErrorCode::kIntegrity:  // never an outward code
            return Problem::kForbidden;
        case ErrorCode::kNotFound:
            return Problem::kNotFound;
        case ErrorCode::kConflict:
            return Problem::kConflict;
        case ErrorCode::kGone:
            return Problem::kLinkInvalid;
        case ErrorCode::kRateLimited:
            return Problem::kRateLimited;
        case ErrorCode::kUnavailable:
            return Problem::kUnavailable;
        case ErrorCode::kInternal:
            break;
    }
    return Problem::kInternal;
}

namespace {

/// RFC 9457 3.
Json::Object documentOf(const ProblemInfo& entry) {
    return {{"type", "about:blank"},
            {"title", entry.title},
            {"status", entry.status},
            {"code", entry.code},
            {"trace", TraceScope::current()}};
}

Response responseOf(const ProblemInfo& entry, Json::Object document) {
    Response response = Response::json(entry.status, std::move(document));
    response.headers.set("Content-Type", "application/problem+json");
    return response;
}

}  // namespace

Response problemResponse(Problem problem, std::chrono::seconds retry_after) {
    const ProblemInfo& entry = info(problem);
    Response response = responseOf(entry, documentOf(entry));
    if (entry.status == 429 || entry.status == 503) {
        response.headers.set("Retry-After", std::to_string(retry_after.count()));
    }
    return response;
}

Response problemResponse(Problem problem, std::string_view reason) {
    const ProblemInfo& entry = info(problem);
    Json::Object document = documentOf(entry);
    document.emplace("reason", reason);
    return responseOf(entry, std::move(document));
}

Response problemResponse(Problem problem) {
    return problemResponse(problem,
                           std::chrono::seconds(problem == Problem::kRateLimited ? 60 : 5));
}

Response problemResponse(const Error& error) {
    const Problem problem = problemOf(error.code);
    if (error.retry_after_seconds == 0) return problemResponse(problem);
    return problemResponse(problem, std::chrono::seconds(error.retry_after_seconds));
}

}  // namespace sallyport::http
