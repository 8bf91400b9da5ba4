#pragma once

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace sallyport::cli {

/// Where a person, or a program, sits. What the server says must be made printable() before it
/// comes here.
class Terminal {
  public:
    /// The descriptors stay the caller's.
    Terminal(int input, int output, int notices)
        : input_(input), output_(output), notices_(notices) {}

    /// Answers are JSON documents from now on.
    void useJson() { json_ = true; }

    bool json() const { return json_; }

    /// Whether somebody can be asked.
    bool interactive() const;

    /// The answer of a command, for people only; at once.
    void line(std::string_view text) const;

    /// The answer of a command, for programs only; once, at the end.
    void document(const Json& document) const;

    /// What a person should know besides the answer, on standard error; with its line end.
    void notice(std::string_view text) const;

    /// A line that the next progress() or endProgress() replaces; only where a person looks.
    void progress(std::string_view text);
    void endProgress();

    /// Asks on standard error and reads a line without showing it. The terminal is as it was on
    /// every way out, signals included. Errors: kInvalidRequest where nobody can be asked (no
    /// terminal), kGone if he gave up (Ctrl-C, Ctrl-D).
    Result<Secret> askSecret(std::string_view question) const;

    /// Likewise, shown.
    Result<std::string> ask(std::string_view question) const;

    /// All that stands on standard input. Errors: kInvalidRequest over `max_bytes`.
    Result<std::string> readInput(std::size_t max_bytes) const;

  private:
    Result<Secret> readLine(std::string_view question, bool shown) const;

    int input_;
    int output_;
    int notices_;
    bool json_ = false;
    bool progressing_ = false;
};

/// Why a command ended that a person broke off.
Error givenUp();

}  // namespace sallyport::cli
