#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <string_view>

namespace sallyport::app {

/// A whole number and a unit: `500ms`, `2s`, `10m`, `1h`, `90d`. Errors: kInvalidRequest, also for
/// what does not fit 100 years.
Result<Duration> parseDuration(std::string_view text);

/// The same in its shortest form: `10m`.
std::string durationText(Duration duration);

}  // namespace sallyport::app
