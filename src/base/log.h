#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <variant>

namespace sallyport {

/// 16 hex digits that tie log lines, problem documents and events of one request together. The
/// scope sets it for its thread.
class TraceScope {
  public:
    explicit TraceScope(Random& random);
    ~TraceScope();
    TraceScope(const TraceScope&) = delete;
    TraceScope& operator=(const TraceScope&) = delete;

    /// Of the innermost scope on this thread; empty outside any.
    static std::string_view current();

  private:
    std::string previous_;
};

/// Structured log: one JSON object a line, `{"at","level","event","trace"?, fields…}`. Thread-safe.
/// Values are escaped; a Secret cannot be passed. Never log tokens, cookies, codes, addresses or
/// PINs.
class Log {
  public:
    enum class Level { kDebug, kInfo, kWarning, kError };

    struct Field {
        Field(std::string_view field_name, std::string_view text)
            : name(field_name), value(std::string(text)) {}

        Field(std::string_view field_name, const char* text)
            : name(field_name), value(std::string(text)) {}

        Field(std::string_view field_name, std::int64_t number) : name(field_name), value(number) {}

        Field(std::string_view field_name, int number)
            : name(field_name), value(static_cast<std::int64_t>(number)) {}

        Field(std::string_view field_name, const Secret&) = delete;

        std::string_view name;
        std::variant<std::string, std::int64_t> value;
    };

    using Sink = std::function<void(std::string_view line)>;

    /// `sink` gets each line without its end; calls are serialized.
    Log(const Clock& clock, Sink sink, Level least = Level::kInfo);
    ~Log();

    void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

    void info(std::string_view event, std::initializer_list<Field> fields = {}) {
        write(Level::kInfo, event, fields);
    }

    void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
        write(Level::kWarning, event, fields);
    }

    void error(std::string_view event, std::initializer_list<Field> fields = {}) {
        write(Level::kError, event, fields);
    }

    /// An Error as fields `code` and `detail`.
    void failure(std::string_view event, const Error& error);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Lines to standard error.
Log::Sink standardErrorSink();

}  // namespace sallyport
