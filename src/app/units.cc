#include "app/units.h"

#include <charconv>

#include <array>

namespace sallyport::app {
namespace {

struct Unit {
    std::string_view name;
    Duration length;
};

constexpr std::array<Unit, 5> kUnits{{{"d", std::chrono::hours(24)},
                                      {"h", std::chrono::hours(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", std::chrono::seconds(1)},
                                      {"ms", std::chrono::milliseconds(1)}}};

constexpr Duration kLongest = std::chrono::hours(24) * 36525;

}  // namespace

Result<Duration> parseDuration(std::string_view text) {
    const Error wrong = fail(ErrorCode::kInvalidRequest,
                             "a duration is a whole number and a unit: 500ms, 2s, 10m, 1h, 90d");
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || number < 0 || text.front() == '-') return wrong;
    const std::string_view name(rest, static_cast<std::size_t>(end - rest));
    for (const Unit& unit : kUnits) {
        if (name != unit.name) continue;
        if (number > kLongest / unit.length) return wrong;
        return number * unit.length;
    }
    return wrong;
}

std::string durationText(Duration duration) {
    for (const Unit& unit : kUnits) {
        if (duration.count() > 0 && duration % unit.length == Duration::zero())
            return std::to_string(duration / unit.length) + std::string(unit.name);
    }
    return std::to_string(duration / std::chrono::milliseconds(1)) + "ms";
}

}  // namespace sallyport::app
