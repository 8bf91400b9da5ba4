#include "base/exit_code.h"

namespace sallyport {

ExitCode exitCodeOf(const Error& error) {
    switch (error.code) {
        case ErrorCode::kInvalidRequest:
            return ExitCode::kUsage;
        case ErrorCode::kForbidden:
        case ErrorCode::kStepUpRequired:
            return ExitCode::kRefused;
        case ErrorCode::kUnavailable:
        case ErrorCode::kRateLimited:
            return ExitCode::kUnavailable;
        case ErrorCode::kUnauthenticated:
        case ErrorCode::kLocked:
        case ErrorCode::kNotFound:
        case ErrorCode::kConflict:
        case ErrorCode::kGone:
        case ErrorCode::kIntegrity:
        case ErrorCode::kInternal:
            return ExitCode::kFailed;
    }
    return ExitCode::kFailed;
}

}  // namespace sallyport
