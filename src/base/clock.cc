#include "base/clock.h"

#include <charconv>

#include <fstream>
#include <iterator>

namespace sallyport {

namespace {

void appendNumber(std::string& out, std::int64_t number, std::size_t digits) {
    const std::string text = std::to_string(number);
    if (text.size() < digits) out.append(digits - text.size(), '0');
    out += text;
}

/// A hundred years either way keeps every sum inside 64 bits of microseconds.
constexpr std::int64_t kMostOffsetSeconds = 100LL * 366 * 86400;

}  // namespace

std::string rfc3339(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::string text;
    appendNumber(text, static_cast<int>(date.year()), 4);
    text += '-';
    appendNumber(text, static_cast<unsigned>(date.month()), 2);
    text += '-';
    appendNumber(text, static_cast<unsigned>(date.day()), 2);
    text += 'T';
    appendNumber(text, clock.hours().count(), 2);
    text += ':';
    appendNumber(text, clock.minutes().count(), 2);
    text += ':';
    appendNumber(text, clock.seconds().count(), 2);
    text += 'Z';
    return text;
}

Time SystemClock::now() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Time OffsetFileClock::now() const {
    return SystemClock().now() + std::chrono::seconds(offsetSeconds());
}

std::int64_t OffsetFileClock::offsetSeconds() const {
    std::ifstream file(path_);
    if (!file) return 0;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::string_view digits =
        std::string_view(text).substr(0, text.find_last_not_of(" \t\r\n") + 1);
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    // A writer may be between truncating and writing: time then stays where it was.
    if (!whole || seconds > kMostOffsetSeconds || seconds < -kMostOffsetSeconds) return last_;
    last_ = seconds;
    return seconds;
}

}  // namespace sallyport
