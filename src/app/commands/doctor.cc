#include "app/commands/commands.h"

namespace sallyport::app::commands {

Status doctor(const DoctorOptions& options, const Output& output) {
    static_cast<void>(options);
    static_cast<void>(output);
    return fail(ErrorCode::kInternal, "not yet");
}

}  // namespace sallyport::app::commands
