#pragma once

#include "base/result.h"
#include "http/response.h"

namespace sallyport::http {

/// Every outward error code (`protocols.md` 6.2).
enum class Problem {
    kBadRequest,
    kMalformedJson,
    kUnauthenticated,
    kSessionLocked,
    kBadOrigin,
    kBadCsrf,
    kForbidden,
    kStepUpRequired,
    kActionMismatch,
    kNotFound,
    kMethodNotAllowed,
    kWrongBrowser,
    kConflict,
    kAlreadyRedeemed,
    kLinkExpired,
    kLinkUsed,
    kLinkReplaced,
    kLinkInvalid,
    kLengthRequired,
    kTooLarge,
    kUnsupportedMediaType,
    kWrongHost,
    kRegistrationRefused,
    kAssertionRefused,
    kHeadersTooLarge,
    kRateLimited,
    kInternal,
    kUnavailable,
};

struct ProblemInfo {
    Problem problem;
    std::string_view code;
    int status;
    std::string_view title;
};

const ProblemInfo& info(Problem problem);

/// What a failure means outside where the endpoint says nothing else: kGone becomes `link_invalid`,
/// kIntegrity `forbidden`.
Problem problemOf(ErrorCode code);

/// An RFC 9457 document with the current trace; Retry-After on 429 and 503. Nothing in it depends
/// on why.
Response problemResponse(Problem problem);

/// With a Retry-After of the caller's (429, 503).
Response problemResponse(Problem problem, std::chrono::seconds retry_after);

/// With a member `reason`, a stable code (`registration_refused`).
Response problemResponse(Problem problem, std::string_view reason);

/// Of a failure, with its own Retry-After if it names one.
Response problemResponse(const Error& error);

}  // namespace sallyport::http
