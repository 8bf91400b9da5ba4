#include "base/log.h"

#include "base/json.h"
#include "base/utf8.h"

#include <cstdio>

#include <mutex>

namespace sallyport {

namespace {

thread_local std::string current_trace;

std::string_view levelName(Log::Level level) {
    switch (level) {
        case Log::Level::kDebug:
            return "debug";
        case Log::Level::kInfo:
            return "info";
        case Log::Level::kWarning:
            return "warning";
        case Log::Level::kError:
            return "error";
    }
    invariantBroken("a known Log::Level", __FILE__, __LINE__);
}

void appendUnit(std::string& out, char32_t unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[unit >> shift & 0x0f];
}

/// Whoever reads a log with a terminal or an editor must not be steered by it (C1 controls, bidi,
/// line separators): lines are printable ASCII, all else is escaped.
std::string printable(std::string_view json_string) {
    std::string out;
    while (!json_string.empty()) {
        const char32_t point = takeCodePoint(json_string).value_or(0xfffd);
        if (point >= ' ' && point <= '~') {
            out += static_cast<char>(point);
        } else if (point < 0x10000) {
            appendUnit(out, point);
        } else {
            appendUnit(out, 0xd800 + ((point - 0x10000) >> 10));
            appendUnit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
        }
    }
    return out;
}

void appendMember(std::string& line, std::string_view name, std::string_view text) {
    std::string member;
    appendJsonString(member, name);
    member += ':';
    appendJsonString(member, text);
    line += line.empty() ? '{' : ',';
    line += printable(member);
}

void appendMember(std::string& line, std::string_view name, std::int64_t number) {
    std::string member;
    appendJsonString(member, name);
    line += line.empty() ? '{' : ',';
    line += printable(member);
    line += ':';
    line += std::to_string(number);
}

}  // namespace

TraceScope::TraceScope(Random& random) : previous_(std::move(current_trace)) {
    current_trace = toHex(random.bytes<8>());
}

TraceScope::~TraceScope() {
    current_trace = std::move(previous_);
}

std::string_view TraceScope::current() {
    return current_trace;
}

struct Log::State {
    const Clock& clock;
    Sink sink;
    Level least;
    std::mutex mutex;
};

Log::Log(const Clock& clock, Sink sink, Level least)
    : state_(new State{clock, std::move(sink), least, {}}) {}

Log::~Log() = default;

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (level < state_->least) return;
    std::string line;
    appendMember(line, "at", rfc3339(state_->clock.now()));
    appendMember(line, "level", levelName(level));
    appendMember(line, "event", event);
    if (!current_trace.empty()) appendMember(line, "trace", current_trace);
    for (const Field& field : fields) {
        std::visit([&](const auto& value) { appendMember(line, field.name, value); }, field.value);
    }
    line += '}';
    const std::lock_guard lock(state_->mutex);
    state_->sink(line);
}

void Log::failure(std::string_view event, const Error& error) {
    write(Level::kError, event, {{"code", name(error.code)}, {"detail", error.detail}});
}

Log::Sink standardErrorSink() {
    return [](std::string_view line) {
        // One write, so that lines of several processes do not mix.
        const std::string whole = std::string(line) + '\n';
        static_cast<void>(std::fwrite(whole.data(), 1, whole.size(), stderr));
    };
}

}  // namespace sallyport
