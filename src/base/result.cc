#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace sallyport {

std::string_view name(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidRequest:
            return "invalid_request";
        case ErrorCode::kUnauthenticated:
            return "unauthenticated";
        case ErrorCode::kLocked:
            return "locked";
        case ErrorCode::kStepUpRequired:
            return "step_up_required";
        case ErrorCode::kForbidden:
            return "forbidden";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kGone:
            return "gone";
        case ErrorCode::kRateLimited:
            return "rate_limited";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kIntegrity:
            return "integrity";
        case ErrorCode::kInternal:
            return "internal";
    }
    invariantBroken("a known ErrorCode", __FILE__, __LINE__);
}

void invariantBroken(const char* condition, const char* file, int line) noexcept {
    static_cast<void>(
        std::fprintf(stderr, "sallyport: invariant broken: %s (%s:%d)\n", condition, file, line));
    std::abort();
}

}  // namespace sallyport
